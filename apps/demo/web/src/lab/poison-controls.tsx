import type { LabStatus, ModelStatus } from "../../../server/lab/status.ts";
import type { PoisonPolicy } from "../../../server/lab/faults.ts";
import { api } from "../api/client.ts";
import type { Send } from "../commands/use-commands.ts";
import { Choice } from "../ui/choice.tsx";
import { counted } from "../ui/format.ts";
import { Icon } from "../ui/icon.tsx";
import { Control } from "./control.tsx";
import { useControl } from "./use-control.ts";

/** The user whose name the planted bug cannot take. */
const POISON = {
  type: "CreateUser",
  name: "Jennifer Null",
  email: "jennifer.null@example.org",
} as const;

const POLICY_WILL: Readonly<Record<PoisonPolicy, string>> = {
  stop: "An event that fails four times stops the eventual model until somebody resumes it.",
  park: "An event that fails is set aside, and later events of the same user wait behind it.",
  skip: "An event that fails is set aside alone; later events of the same user go on without it.",
};

interface PoisonControlsProps {
  readonly status: LabStatus;
  readonly model: ModelStatus;
  readonly send: Send;
}

/** Plants a bug that one event runs into, and says what is to become of such an event. */
export function PoisonControls({ status, model, send }: PoisonControlsProps) {
  const bug = useControl();
  const event = useControl();
  const policy = useControl();
  const { faults, dead_letters } = status;

  return (
    <>
      <Control
        id="bug-will"
        will={
          faults.bug
            ? "The eventual model’s code takes the surname Null for no name, and throws."
            : "The code is sound: the surname Null is a name like any other."
        }
        did={bug.outcome}
      >
        <button
          type="button"
          className="wide"
          aria-pressed={faults.bug}
          disabled={bug.busy}
          aria-describedby="bug-will"
          onClick={() => void bug.run(() => api.lab.bug.$put({ json: { bug: !faults.bug } }))}
        >
          <Icon name={faults.bug ? "rebuild" : "crash"} />{" "}
          {faults.bug ? "Repair the bug" : "Plant the bug"}
        </button>
      </Control>
      <Control
        id="poison-will"
        will="Registers Jennifer Null by an ordinary command: sound for the write side and the synchronous model."
        did={event.outcome}
        facts={poisonInWords(model, faults.policy, dead_letters)}
      >
        <button
          type="button"
          className="wide"
          disabled={event.busy}
          aria-describedby="poison-will"
          onClick={() => void send(POISON)}
        >
          <Icon name="add" /> Send the poison event
        </button>
      </Control>
      <Control id="policy-will" will={POLICY_WILL[faults.policy]} did={policy.outcome}>
        <Choice
          label="What to do with it"
          options={[
            ["stop", "Stop"],
            ["park", "Park"],
            ["skip", "Skip"],
          ]}
          value={faults.policy}
          describedBy="policy-will"
          onChange={(value) =>
            policy.run(
              () => api.lab["poison-policy"].$put({ json: { policy: value } }),
              "The workers have started anew with it.",
            )
          }
        />
      </Control>
    </>
  );
}

function poisonInWords(
  { state, error }: ModelStatus,
  policy: PoisonPolicy,
  letters: number,
): string | undefined {
  const kept = "The event is safe in the log.";
  if (state === "stopped") return `Stopped: ${error ?? "an event cannot be applied"}. ${kept}`;
  if (letters === 0) return undefined;
  const aside = `${counted(letters, "event")} set aside`;
  return policy === "skip"
    ? `${aside}; everything else goes on. ${kept}`
    : `${aside}; all other users go on. ${kept}`;
}
