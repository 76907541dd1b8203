import { useEffect, useRef, useState } from "react";
import { api } from "../api/client.ts";
import { Control } from "./control.tsx";
import { useControl } from "./use-control.ts";

const MAX_MS = 10_000;
const STEP_MS = 100;
/** How long the slider must rest before it counts. */
const REST_MS = 200;

/** A delay that the server has not told back yet. It has the last word: a new delay ends the draft. */
interface Draft {
  readonly ms: number;
  readonly before: number;
}

/** Holds events back from the eventual model, so that everybody can see what lag is. */
export function DelaySlider({ delayMs }: { delayMs: number }) {
  const [draft, setDraft] = useState<Draft>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const control = useControl();
  const shownMs = draft?.before === delayMs ? draft.ms : delayMs;

  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <Control
      id="delay-will"
      will={
        shownMs === 0
          ? "The projector applies each event as soon as it can."
          : `The projector waits until an event is ${seconds(shownMs)} old.`
      }
      did={control.outcome}
    >
      <div className="slider">
        <label htmlFor="delay">
          Delay <strong>{seconds(shownMs)}</strong>
        </label>
        <input
          id="delay"
          type="range"
          min={0}
          max={MAX_MS}
          step={STEP_MS}
          value={shownMs}
          style={{ "--share": shownMs / MAX_MS }}
          aria-valuetext={seconds(shownMs)}
          aria-describedby="delay-will"
          onChange={({ target }) => change(target.valueAsNumber)}
        />
      </div>
    </Control>
  );

  function change(ms: number): void {
    setDraft({ ms, before: delayMs });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void commit(ms), REST_MS);
  }

  async function commit(ms: number): Promise<void> {
    const did =
      ms === 0
        ? "Delay off: what was held back is being applied."
        : `Delay set to ${seconds(ms)}. Writes do not wait; only the eventual model does.`;
    const ok = await control.run(() => api.lab.delay.$put({ json: { delay_ms: ms } }), did);
    if (!ok) setDraft(undefined);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
