import type { ModelStatus } from "../../../server/lab/status.ts";
import { formatCount, formatMs } from "../ui/format.ts";
import type { TermName } from "../ui/term.tsx";
import { Term } from "../ui/term.tsx";
import type { Slot } from "./differences.ts";
import type { RowActions } from "./user-row.tsx";
import { UserRow } from "./user-row.tsx";

interface PanelProps extends RowActions {
  readonly consistency: ModelStatus["consistency"];
  readonly slots: readonly Slot[] | undefined;
  readonly total: number | undefined;
  readonly position: number;
  readonly lag: { readonly events: number; readonly ms: number };
  readonly state: ModelStatus["state"] | undefined;
  /** Whether a worker of this server holds the lease; it may be one of another. */
  readonly isLed: boolean;
  /** Whether all this is from now: the page is connected. */
  readonly known: boolean;
  readonly error: string | undefined;
}

const TITLES = { sync: "Synchronous", eventual: "Eventually consistent" } as const;
const SUBTITLES = {
  sync: "Applied in the transaction of the write",
  eventual: (
    <>
      Applied later, by the <Term name="projector" />
    </>
  ),
} as const;

const STATES: Readonly<Record<ModelStatus["state"], string>> = {
  inline: "Inline",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  standby: "Standing by",
  retrying: "Retrying",
  idle: "Not started",
};

/** Shows one read model: how fresh it is, and the users as it knows them. */
export function Panel(props: PanelProps) {
  const { consistency, slots, total, position, lag, state, isLed, known, error, ...actions } =
    props;
  const id = `panel-${consistency}`;
  return (
    <section className="card panel" data-side={consistency} aria-labelledby={id}>
      <header>
        <h2 id={id}>{TITLES[consistency]}</h2>
        <p className="hint">{SUBTITLES[consistency]}</p>
        <p className="state" data-state={state}>
          {state && !known && "Last known: "}
          {state
            ? state === "standby" && !isLed
              ? "No worker leads"
              : STATES[state]
            : "Not heard of yet"}
        </p>
      </header>
      {error !== undefined && <p className="error">{error}</p>}
      <dl className="facts">
        <Fact term={consistency === "sync" ? "position" : "checkpoint"} title="Position">
          {formatCount(position)}
        </Fact>
        <Fact term="lag" title="Lag" bad={lag.events > 0}>
          {formatCount(lag.events)} <small>{lag.events === 1 ? "event" : "events"}</small>
        </Fact>
        <Fact term="lag" title="Behind for" bad={lag.events > 0}>
          {formatMs(lag.ms)}
        </Fact>
        <Fact title="Users">{total === undefined ? "–" : formatCount(total)}</Fact>
      </dl>
      <ul className="rows" tabIndex={-1} aria-label={`Users, ${TITLES[consistency].toLowerCase()}`}>
        {slots?.map((slot) => (
          <UserRow key={slot.id} slot={slot} side={consistency} {...actions} />
        ))}
      </ul>
      {slots?.length === 0 && <p className="empty">Nobody here yet. Create a user.</p>}
    </section>
  );
}

interface FactProps {
  readonly term?: TermName;
  readonly title: string;
  readonly bad?: boolean;
  readonly children: React.ReactNode;
}

function Fact({ term, title, bad = false, children }: FactProps) {
  return (
    <div>
      <dt>{term ? <Term name={term}>{title}</Term> : title}</dt>
      <dd data-bad={bad}>{children}</dd>
    </div>
  );
}
