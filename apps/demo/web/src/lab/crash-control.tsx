import type { LabStatus } from "../../../server/lab/status.ts";
import type { Crash } from "../../../server/lab/faults.ts";
import { api } from "../api/client.ts";
import { Icon } from "../ui/icon.tsx";
import { Control } from "./control.tsx";
import { useControl } from "./use-control.ts";

interface CrashControlProps {
  readonly when: Exclude<Crash, "never">;
  readonly status: LabStatus;
}

const WILL = {
  before:
    "The next batch kills its worker before the transaction: the work is lost, the log is not.",
  after:
    "The next batch kills its worker right after the transaction: stored, but nobody hears of it.",
} as const;
const ARMED = "Armed. The next event sets it off: send a command.";

/** Lets the worker die at the next batch, on either side of its transaction. */
export function CrashControl({ when, status: { faults } }: CrashControlProps) {
  const control = useControl();
  const armed = faults.crash === when;
  const id = `crash-${when}-will`;

  return (
    <Control id={id} will={armed ? ARMED : WILL[when]} did={control.outcome}>
      <button
        type="button"
        className="wide"
        disabled={control.busy}
        aria-pressed={armed}
        aria-describedby={id}
        onClick={() => void toggle()}
      >
        <Icon name="crash" /> Crash {when} checkpoint
      </button>
    </Control>
  );

  function toggle() {
    return control.run(() => api.lab.crash.$put({ json: { crash: armed ? "never" : when } }));
  }
}
