import type { LabStatus } from "../../server/lab/status.ts";
import { noCounts } from "../../server/lab/faults.ts";

/** A status of a lab in which nothing has happened, but for what a test says. */
export function anyStatus(said: Partial<LabStatus> = {}): LabStatus {
  return {
    ...{ store: "memory", head: 0, delay_ms: 0, models: [] },
    faults: {
      ...{ crash: "never", duplicates: false, wake_ups: "on time", bug: false, policy: "stop" },
    },
    counts: noCounts(),
    workers: [{ name: "Worker 1", leads: true }],
    ...{ last_death: null, dead_letters: 0, last_rebuild: null, burst: null, burst_results: [] },
    ...said,
  };
}
