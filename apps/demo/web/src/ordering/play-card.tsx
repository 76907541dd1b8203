import type { StrategyReport } from "../../../server/ordering/messages.ts";
import { counted, formatCount, formatMs } from "../ui/format.ts";
import type { IconName } from "../ui/icon.tsx";
import { Icon } from "../ui/icon.tsx";
import type { TermName } from "../ui/term.tsx";
import { Term } from "../ui/term.tsx";
import { STRATEGY_WORDS, happenedInWords, verdictOf } from "./in-words.ts";
import type { Lane } from "./lanes.ts";
import type { axisOf } from "./lanes.ts";
import { lanesOf, looksOf } from "./lanes.ts";

type Axis = ReturnType<typeof axisOf>;

interface PlayCardProps {
  readonly play: StrategyReport;
  readonly axis: Axis;
}

const TERMS: Readonly<Record<StrategyReport["strategy"], TermName>> = {
  naive: "cursor",
  registry: "inFlight",
  serialized: "serialized",
  fence: "fence",
};

const ICONS: Readonly<Record<ReturnType<typeof verdictOf>["kind"], IconName>> = {
  good: "check",
  lost: "remove",
  disorder: "swap",
  open: "pause",
};

/** One strategy: what it does, what happened on the axis of time, and what it cost. */
export function PlayCard({ play, axis }: PlayCardProps) {
  const { title, does } = STRATEGY_WORDS[play.strategy];
  const { kind, text } = verdictOf(play);
  const happened = happenedInWords(play);
  return (
    <li className="play" aria-label={title}>
      <div className="play-words">
        <h3>
          <Term name={TERMS[play.strategy]}>{title}</Term>
        </h3>
        <p className="play-verdict" data-kind={kind}>
          <Icon name={ICONS[kind]} /> {text}
        </p>
        <p className="hint">{does}</p>
      </div>
      <div className="play-picture">
        <div role="img" aria-label={happened} style={{ "--ticks": axis.ticksMs.length - 1 }}>
          {lanesOf(play).map((lane) => (
            <TransactionLane key={lane.name} lane={lane} endMs={axis.endMs} />
          ))}
          <ReaderLane play={play} endMs={axis.endMs} />
        </div>
        <p className="play-happened">{happened}</p>
        <Costs play={play} />
      </div>
    </li>
  );
}

function TransactionLane({ lane, endMs }: { readonly lane: Lane; readonly endMs: number }) {
  const { name, fromMs, toMs, end, wait, event, elsewhereMs } = lane;
  const share = (ms: number) => ms / endMs;
  return (
    <div className="play-lane">
      <span className="play-name">{name}</span>
      <div className="play-track">
        <span
          className="play-bar"
          data-end={end}
          style={{ "--from": share(fromMs), "--to": share(toMs) }}
        />
        {wait && (
          <span
            className="play-wait"
            style={{ "--from": share(wait.fromMs), "--to": share(wait.toMs) }}
          />
        )}
        {elsewhereMs !== undefined && (
          <span className="play-elsewhere" style={{ "--from": share(elsewhereMs) }}>
            elsewhere
          </span>
        )}
        {event && (
          <span
            className="play-event"
            data-became={event.became}
            style={{ "--from": share(event.ms), "--to": share(toMs) }}
          >
            {event.position}
          </span>
        )}
        {event?.became === "lost" && (
          <span className="play-lost" style={{ "--from": share(toMs) }}>
            <Icon name="remove" /> lost
          </span>
        )}
      </div>
    </div>
  );
}

function ReaderLane({ play, endMs }: { readonly play: StrategyReport; readonly endMs: number }) {
  return (
    <div className="play-lane" data-reader="true">
      <span className="play-name">Reader</span>
      <div className="play-track">
        {looksOf(play).map(({ ms, positions }) => (
          <span
            key={ms}
            className="play-look"
            data-empty={positions.length === 0}
            style={{ "--from": ms / endMs }}
          >
            {positions.join(", ")}
          </span>
        ))}
      </div>
    </div>
  );
}

function Costs({ play: { lost, out_of_order, cost } }: { readonly play: StrategyReport }) {
  const { writers_waited_ms, held_back_events, held_back_ms, locks_per_append } = cost;
  return (
    <dl className="play-costs">
      <div data-bad={lost.length > 0}>
        <dt>
          <Term name="lost">Lost</Term>
        </dt>
        <dd>{counted(lost.length, "event")}</dd>
      </div>
      <div data-bad={out_of_order.length > 0}>
        <dt>Out of order</dt>
        <dd>{counted(out_of_order.length, "event")}</dd>
      </div>
      <div data-paid={writers_waited_ms > 0}>
        <dt>Writers waited</dt>
        <dd>{formatMs(writers_waited_ms)}</dd>
      </div>
      <div data-paid={held_back_events > 0}>
        <dt>
          <Term name="heldBack">Reader held back</Term>
        </dt>
        <dd>
          {held_back_events > 0
            ? `${counted(held_back_events, "event")}, ${formatMs(held_back_ms)}`
            : "never"}
        </dd>
      </div>
      <div data-paid={locks_per_append > 0}>
        <dt>
          <Term name="advisoryLock">Locks per append</Term>
        </dt>
        <dd>{formatCount(locks_per_append)}</dd>
      </div>
    </dl>
  );
}

/** The one axis of time that all plays share. */
export function TimeAxis({ axis: { endMs, ticksMs } }: { readonly axis: Axis }) {
  return (
    <div className="play play-axis" aria-hidden="true">
      <div className="play-picture">
        <div className="play-lane">
          <span className="play-name" />
          <div className="play-track">
            {ticksMs.map((ms) => (
              <span key={ms} className="play-tick" style={{ "--from": ms / endMs }}>
                {formatCount(ms)}
                {ms === 0 && " ms"}
              </span>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}
