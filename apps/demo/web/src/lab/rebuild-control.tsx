import type { LabStatus } from "../../../server/lab/status.ts";
import type { RebuildMode } from "../../../server/lab/rebuilds.ts";
import { api } from "../api/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Control } from "./control.tsx";
import { useControl } from "./use-control.ts";

interface RebuildControlProps {
  readonly mode: RebuildMode;
  readonly status: LabStatus;
}

const TITLES = { "in place": "Rebuild in place", beside: "Rebuild beside" } as const;
const WILL = {
  "in place": "Empties the eventual model and replays the whole log into it; readers see it grow.",
  beside: "Builds a second one from the log while the old one answers, then swaps them at once.",
} as const;

/** Builds the eventual model anew from the log, with a bar that shows how far it is. */
export function RebuildControl({ mode, status }: RebuildControlProps) {
  const control = useControl();
  const { last_rebuild: last } = status;
  const mine = last?.mode === mode ? last : undefined;
  const id = mode === "beside" ? "beside-will" : "rebuild-will";

  return (
    <Control id={id} will={WILL[mode]} did={control.outcome}>
      <button
        type="button"
        className="wide"
        disabled={control.busy || last?.state === "running"}
        aria-describedby={id}
        onClick={() => void control.run(() => api.lab.rebuild.$post({ json: { mode } }))}
      >
        <Icon name="rebuild" /> {TITLES[mode]}
      </button>
      {mine?.state === "running" && (
        <progress max={Math.max(1, mine.target)} value={mine.position} aria-label={TITLES[mode]} />
      )}
    </Control>
  );
}
