import type { LiveState } from "../live/live-state.ts";
import { modelOf } from "../live/live-state.ts";
import { Term } from "../ui/term.tsx";
import { DelaySlider } from "./delay-slider.tsx";
import { PauseControl } from "./pause-control.tsx";
import { RebuildControl } from "./rebuild-control.tsx";

/** The controls of the projector. Each says what it will do, and then what it did. */
export function Lab({ live }: { live: LiveState }) {
  const { status } = live;
  const model = modelOf(live, "eventual");
  return (
    <section className="card lab" aria-labelledby="lab" data-side="eventual">
      <h2 id="lab">
        The <Term name="projector" />
      </h2>
      {status && model ? (
        <div className="controls">
          <DelaySlider delayMs={status.delay_ms} />
          <PauseControl model={model} />
          <RebuildControl model={model} status={status} />
        </div>
      ) : (
        <p className="hint">Waiting for the server…</p>
      )}
    </section>
  );
}
