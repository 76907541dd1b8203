import { useState } from "react";
import type { LabStatus, ModelStatus } from "../../../server/lab/messages.ts";
import { api } from "../api/client.ts";
import { counted, formatCount } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { Control } from "./control.tsx";
import type { Outcome } from "./use-control.ts";
import { useControl } from "./use-control.ts";

/** A replay: from where it was asked for to where it has caught up. */
interface Replay {
  readonly head: number;
  /** The status that was known when it began: what it says is from before. */
  readonly before: LabStatus;
  readonly done: boolean;
}

/** Empties the eventual model and builds it again from the log. */
export function RebuildControl({ model, status }: { model: ModelStatus; status: LabStatus }) {
  const control = useControl();
  const [replay, setReplay] = useState<Replay>();
  const caughtUp =
    replay !== undefined && status !== replay.before && model.position >= replay.head;

  if (caughtUp && !replay.done) setReplay({ ...replay, done: true });

  return (
    <Control
      id="rebuild-will"
      will="Empties the eventual model and replays the whole log into it. The log stays as it is."
      did={control.outcome?.ok && replay ? told(replay, model) : control.outcome}
    >
      <button
        type="button"
        className="wide"
        disabled={control.busy}
        aria-describedby="rebuild-will"
        onClick={() => void rebuild()}
      >
        <Icon name="rebuild" /> Rebuild
      </button>
    </Control>
  );

  async function rebuild(): Promise<void> {
    const { head } = status;
    setReplay(undefined);
    const ok = await control.run(
      () => api.lab.rebuild.$post({ json: {} }),
      "Emptied. The replay has begun.",
    );
    if (ok) setReplay({ head, before: status, done: head === 0 });
  }
}

function told({ head, done }: Replay, { state, position }: ModelStatus): Outcome {
  const upTo = `position ${formatCount(head)}`;
  if (done && head === 0) return { ok: true, text: "Emptied. The log has nothing to replay." };
  if (done) return { ok: true, text: `Rebuilt from the log, up to ${upTo}.` };
  if (state === "paused") return { ok: true, text: "Emptied. It is paused, so the replay waits." };
  const left = counted(Math.max(0, head - position), "event");
  return { ok: true, text: `Emptied. Replaying, ${left} left.` };
}
