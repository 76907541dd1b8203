import type { ProjectionBatch } from "@counterpoint/read-model";

export const CRASHES = ["never", "before", "after"] as const;
export const WAKE_UPS = ["on time", "late", "dropped"] as const;
export const POLICIES = ["stop", "park", "skip"] as const;

/** When the next worker that applies a batch dies: before the batch's transaction, or right after it has committed. */
export type Crash = (typeof CRASHES)[number];

/** How the hint that there is something new comes to the workers; `late` also turns the order of the hints around. */
export type WakeUps = (typeof WAKE_UPS)[number];

/** What becomes of an event that cannot be applied. */
export type PoisonPolicy = (typeof POLICIES)[number];

/** What goes wrong between the workers of this process and their store. Each part can be set at any time. */
export interface Faults {
  crash: Crash;
  /** Whether every batch is delivered to the store twice. */
  duplicates: boolean;
  wakeUps: WakeUps;
  /** How long to hold each batch up, so that people can watch; milliseconds. */
  readonly paceMs: (batch: ProjectionBatch) => number;
}

/** What the faults have come to, counted where they happen. */
export interface FaultCounts {
  /** Events whose batch the store has committed. */
  events_applied: number;
  /** Events that the store has committed a second time. Nothing but a defect makes this more than 0. */
  events_applied_twice: number;
  batches_delivered_twice: number;
  /** Second deliveries that the store has refused, because the checkpoint had moved. */
  second_deliveries_refused: number;
  wake_ups_late: number;
  wake_ups_dropped: number;
}

export function noCounts(): FaultCounts {
  return {
    events_applied: 0,
    events_applied_twice: 0,
    batches_delivered_twice: 0,
    second_deliveries_refused: 0,
    wake_ups_late: 0,
    wake_ups_dropped: 0,
  };
}
