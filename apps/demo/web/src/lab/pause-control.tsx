import type { ModelStatus } from "../../../server/lab/status.ts";
import { api } from "../api/client.ts";
import { formatCount } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { Control } from "./control.tsx";
import { useControl } from "./use-control.ts";

/** Holds the projector, and lets it go on. */
export function PauseControl({ model }: { model: ModelStatus }) {
  const control = useControl();
  const held = model.state === "paused" || model.state === "stopped";
  const at = formatCount(model.position);

  return (
    <Control
      id="pause-will"
      will={
        held
          ? `Goes on from checkpoint ${at}. Nothing is lost: the log has kept it all.`
          : "Stops after the batch under way. Writes go on, and the lag grows."
      }
      did={control.outcome}
    >
      <button
        type="button"
        className="wide"
        disabled={control.busy}
        aria-describedby="pause-will"
        onClick={() => void (held ? resume() : pause())}
      >
        <Icon name={held ? "resume" : "pause"} /> {held ? "Resume" : "Pause"}
      </button>
    </Control>
  );

  function pause() {
    return control.run(() => api.lab.pause.$post({}), `Paused at checkpoint ${at}.`);
  }

  function resume() {
    return control.run(() => api.lab.resume.$post({}), `Resumed from checkpoint ${at}.`);
  }
}
