import { useEffect, useId, useRef, useState } from "react";
import type { BurstStatus } from "../../../server/lab/burst/bursts.ts";
import { LEAST_COMMANDS, MOST_COMMANDS, MOST_INLINE } from "../../../server/lab/burst/limits.ts";
import type { LabStatus } from "../../../server/lab/status.ts";
import { api } from "../api/client.ts";
import { useControl } from "../lab/use-control.ts";
import { useAnnounce } from "../ui/announcer.tsx";
import { Choice } from "../ui/choice.tsx";
import { counted, formatCount, formatMs } from "../ui/format.ts";
import { CostChart } from "./cost-chart.tsx";
import { CostFigures, CostResults } from "./cost-figures.tsx";

const SIZES = [10, 100, 1_000, 5_000];
const INLINE = Array.from({ length: MOST_INLINE + 1 }, (_, count) => String(count));

/** Sends many commands, and shows what they cost: on one side the writes, on the other the wait for the read. */
export function Burst({ status: { burst, burst_results } }: { status: LabStatus }) {
  const [text, setText] = useState("1000");
  const [inline, setInline] = useState("1");
  const control = useControl();
  const id = useId();
  const isUnderWay = burst?.state === "running" || burst?.state === "settling";
  const wanted = Number(text);
  const valid = Number.isInteger(wanted) && wanted >= LEAST_COMMANDS && wanted <= MOST_COMMANDS;
  useEndAnnounced(burst);

  return (
    <section className="burst" aria-labelledby="burst">
      <h3 id="burst">What it costs</h3>
      <div className="burst-controls">
        <div className="field">
          <label htmlFor={id}>Commands</label>
          <input
            id={id}
            type="number"
            min={LEAST_COMMANDS}
            max={MOST_COMMANDS}
            list={`${id}-sizes`}
            value={text}
            aria-invalid={!valid}
            aria-describedby={`${id}-will`}
            onChange={({ target }) => setText(target.value)}
          />
          <datalist id={`${id}-sizes`}>
            {SIZES.map((size) => (
              <option key={size} value={size} />
            ))}
          </datalist>
        </div>
        <Choice
          label="Inline projections"
          options={INLINE.map((count) => [count, count] as const)}
          value={inline}
          describedBy={`${id}-will`}
          onChange={(count) => {
            setInline(count);
            return Promise.resolve(true);
          }}
        />
        {isUnderWay ? (
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button
            type="button"
            className="primary"
            disabled={!valid || control.busy}
            onClick={start}
          >
            Send a burst
          </button>
        )}
        <p id={`${id}-will`} className={valid ? "hint" : "error"}>
          {valid ? willOf(wanted, Number(inline)) : LIMITS}
        </p>
        {control.outcome && <p className="error">{control.outcome.text}</p>}
      </div>
      {burst && <Progress {...burst} />}
      <CostFigures burst={burst} />
      {burst && (
        <figure className="cost-picture">
          <CostChart latency={burst.latency} lag={burst.lag} />
          <figcaption className="hint">
            The share of all that took so long; each mark below is ten times the one before. The
            tall lines stand at p50.
          </figcaption>
        </figure>
      )}
      <CostResults results={burst_results} />
    </section>
  );

  function start(): void {
    const json = { commands: wanted, inline: Number(inline) };
    void control.run(() => api.lab.burst.$post({ json }));
  }

  function cancel(): void {
    void control.run(() => api.lab.burst.$delete({}));
  }
}

const LIMITS = `From ${formatCount(LEAST_COMMANDS)} to ${formatCount(MOST_COMMANDS)} commands.`;

function willOf(wanted: number, inline: number): string {
  const what = `Registers, renames and removes guests: ${counted(wanted, "command")}, at most 500 a second`;
  return inline === 1
    ? `${what}, in the demo’s own store.`
    : `${what}, in a store of its own with ${counted(inline, "inline projection")}.`;
}

const SAID = {
  running: "Sent",
  settling: "Sent",
  done: "Done:",
  cancelled: "Cancelled after",
  failed: "Failed after",
} as const;

function Progress({ wanted, accepted, refused, ms, state, error }: BurstStatus) {
  const sent = accepted + refused;
  const perSecond = ms > 0 ? Math.round((sent / ms) * 1_000) : 0;
  return (
    <div className="progress">
      <progress max={wanted} value={sent} aria-label="Burst" />
      <p className={state === "failed" ? "error" : "did"}>
        {SAID[state]} {formatCount(sent)} of {formatCount(wanted)} in {formatMs(ms)},{" "}
        {formatCount(perSecond)} a second
        {refused > 0 && `; ${formatCount(refused)} refused`}
        {state === "settling" && "; the eventual model has to catch up"}
        {error !== null && `: ${error}`}.
      </p>
    </div>
  );
}

function useEndAnnounced(burst: BurstStatus | null): void {
  const announce = useAnnounce();
  const before = useRef(burst?.state);
  const state = burst?.state;
  const sent = (burst?.accepted ?? 0) + (burst?.refused ?? 0);

  useEffect(() => {
    const ended = before.current !== state && (state === "done" || state === "cancelled");
    before.current = state;
    if (ended) announce(`The burst has sent ${counted(sent, "command")}.`);
  }, [state, sent, announce]);
}
