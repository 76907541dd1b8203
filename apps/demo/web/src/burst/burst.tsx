import { useId, useState } from "react";
import { counted, formatCount, formatMs } from "../ui/format.ts";
import type { BurstProgress } from "./burst-plan.ts";
import type { Cost } from "./use-cost.ts";
import { CostPicture } from "./cost-picture.tsx";
import { useBurst } from "./use-burst.ts";

const LEAST = 10;
const MOST = 5_000;
const SIZES = [10, 100, 1_000, 5_000];

/** Sends many commands, and shows what they cost: on one side the writes, on the other the wait for the read. */
export function Burst({ cost }: { cost: Cost }) {
  const [text, setText] = useState("100");
  const burst = useBurst(cost.addLatency);
  const id = useId();
  const { progress } = burst;
  const running = progress?.state === "running";
  const wanted = Number(text);
  const valid = Number.isInteger(wanted) && wanted >= LEAST && wanted <= MOST;

  return (
    <section className="burst" aria-labelledby="burst">
      <h3 id="burst">What it costs</h3>
      <div className="burst-controls">
        <div className="field">
          <label htmlFor={id}>Commands</label>
          <input
            id={id}
            type="number"
            min={LEAST}
            max={MOST}
            list={`${id}-sizes`}
            value={text}
            disabled={running}
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
        {running ? (
          <button type="button" onClick={burst.cancel}>
            Cancel
          </button>
        ) : (
          <button type="button" className="primary" disabled={!valid} onClick={start}>
            Send a burst
          </button>
        )}
        <p id={`${id}-will`} className={valid ? "hint" : "error"}>
          {valid
            ? `Registers, renames and removes guests: ${counted(wanted, "command")}, three at a time.`
            : `From ${formatCount(LEAST)} to ${formatCount(MOST)} commands.`}
        </p>
      </div>
      {progress && <Progress {...progress} />}
      <CostPicture cost={cost} />
    </section>
  );

  function start(): void {
    cost.reset();
    void burst.start(wanted);
  }
}

const SAID = { running: "Sent", done: "Done:", cancelled: "Cancelled after" } as const;

function Progress({ wanted, accepted, refused, ms, state }: BurstProgress) {
  const sent = accepted + refused;
  const perSecond = ms > 0 ? Math.round((sent / ms) * 1_000) : 0;
  return (
    <div className="progress">
      <progress max={wanted} value={sent} aria-label="Burst" />
      <p className="did">
        {SAID[state]} {formatCount(sent)} of {formatCount(wanted)} in {formatMs(ms)},{" "}
        {formatCount(perSecond)} a second
        {refused > 0 && `; ${formatCount(refused)} refused`}.
      </p>
    </div>
  );
}
