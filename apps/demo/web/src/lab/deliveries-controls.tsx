import type { LabStatus } from "../../../server/lab/status.ts";
import type { WakeUps } from "../../../server/lab/faults.ts";
import { api } from "../api/client.ts";
import { Choice } from "../ui/choice.tsx";
import { Control } from "./control.tsx";
import { duplicatesInWords, wakeUpsInWords } from "./in-words.ts";
import { useControl } from "./use-control.ts";

/** Delivers every batch twice. */
export function DuplicatesControl({ status: { faults, counts } }: { status: LabStatus }) {
  const control = useControl();
  return (
    <Control
      id="duplicates-will"
      will={
        faults.duplicates
          ? "Every batch comes to the store twice; the second one must change nothing."
          : "Every batch comes to the store once, as it should."
      }
      did={control.outcome}
      facts={duplicatesInWords(counts)}
    >
      <Choice
        label="Deliveries"
        options={[
          ["once", "Once"],
          ["twice", "Twice"],
        ]}
        value={faults.duplicates ? "twice" : "once"}
        describedBy="duplicates-will"
        onChange={(value) =>
          control.run(() => api.lab.duplicates.$put({ json: { duplicates: value === "twice" } }))
        }
      />
    </Control>
  );
}

const WAKE_UPS_WILL: Readonly<Record<WakeUps, string>> = {
  "on time": "Each write wakes the worker, which then reads the log.",
  late: "Wake-ups come 0.4 s late, and the last one first.",
  dropped: "No wake-up comes; the worker looks by itself, four times a second.",
};

/** Delays, turns around or loses the hint that there is something new. */
export function WakeUpsControl({ status }: { status: LabStatus }) {
  const control = useControl();
  const { wake_ups } = status.faults;
  return (
    <Control
      id="wake-ups-will"
      will={WAKE_UPS_WILL[wake_ups]}
      did={control.outcome}
      facts={wakeUpsInWords(status)}
    >
      <Choice
        label="Wake-ups"
        options={[
          ["on time", "On time"],
          ["late", "Late, reordered"],
          ["dropped", "Dropped"],
        ]}
        value={wake_ups}
        describedBy="wake-ups-will"
        onChange={(value) =>
          control.run(() => api.lab["wake-ups"].$put({ json: { wake_ups: value } }))
        }
      />
    </Control>
  );
}
