import type { Clock, Scheduler } from "@counterpoint/events";
import type { Lease, Projection, ProjectionBatch } from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import type { Chronicle } from "./chronicle.ts";
import type { Crash, Faults, PoisonPolicy } from "./faults.ts";
import type { ProjectorStore } from "./mortal-store.ts";
import { createMortalStore } from "./mortal-store.ts";
import { Worker } from "./worker.ts";

export interface RecruitOptions {
  readonly store: ProjectorStore;
  /** What the worker keeps up to date. */
  readonly projection: Projection;
  readonly faults: Faults;
  readonly chronicle: Chronicle;
  readonly createId: () => string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly name: string;
  readonly policy: PoisonPolicy;
  readonly delayMs: number;
  readonly changed: () => void;
  readonly crashed: (worker: Worker, batch: ProjectionBatch, when: Exclude<Crash, "never">) => void;
  readonly leads: (worker: Worker, lease: Lease) => void;
}

const LEASE_MS = 2_000;
/** Small batches, so that a rebuild has steps to watch. */
const BATCH_SIZE = 100;

/** Makes a worker with a connection of its own to the store, which the faults can cut. */
export function recruit(options: RecruitOptions): Worker {
  const { store, projection, faults, chronicle, clock, scheduler, createId } = options;
  const { name, policy, delayMs, changed, crashed, leads } = options;
  const owner = createId();
  const mortal = createMortalStore(store, {
    faults,
    scheduler,
    witness: {
      crashed: (batch, when) => crashed(worker, batch, when),
      leads: (lease) => leads(worker, lease),
      applied: (batch) => chronicle.applied(batch),
      deliveredTwice: (_batch, isRefused) =>
        chronicle.count({
          batches_delivered_twice: 1,
          second_deliveries_refused: isRefused ? 1 : 0,
        }),
      wakeUp: (fate) =>
        chronicle.count(fate === "late" ? { wake_ups_late: 1 } : { wake_ups_dropped: 1 }),
    },
  });
  const projector = createProjector(mortal.store, {
    projections: [{ projection, poison: policy }],
    ...{ clock, scheduler, owner, delayMs },
    ...{ leaseMs: LEASE_MS, batchSize: BATCH_SIZE },
  });
  projector.onChange(changed);
  const worker = new Worker({ name, owner, projector, mortal });
  return worker;
}
