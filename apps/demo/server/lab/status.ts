import type { DeadLetter, DeadLetterAct, Lag, RunState } from "@counterpoint/read-model";
import { z } from "zod";
import type { BurstStatus } from "./burst/bursts.ts";
import type { Death } from "./chronicle.ts";
import type { WorkerStatus } from "./crew.ts";
import type { Crash, FaultCounts, PoisonPolicy, WakeUps } from "./faults.ts";
import { CRASHES, POLICIES, WAKE_UPS } from "./faults.ts";
import type { RebuildStatus } from "./rebuilds.ts";
import { REBUILD_MODES } from "./rebuilds.ts";

// What the lab answers: as a type for those who work with it, and as a schema for those who ask over HTTP.

/** How one of the two read models is doing. */
export interface ModelStatus {
  readonly name: string;
  readonly consistency: "sync" | "eventual";
  readonly state: RunState | "inline";
  /** The position up to which the read model is built. */
  readonly position: number;
  readonly lag: Lag;
  readonly error?: string;
}

/** What is set to go wrong at the moment. */
export interface FaultStatus {
  readonly crash: Crash;
  readonly duplicates: boolean;
  readonly wake_ups: WakeUps;
  readonly bug: boolean;
  readonly policy: PoisonPolicy;
}

export interface LabStatus {
  readonly store: string;
  /** The highest position that readers may see. */
  readonly head: number;
  readonly delay_ms: number;
  readonly models: readonly ModelStatus[];
  readonly faults: FaultStatus;
  readonly counts: FaultCounts;
  readonly workers: readonly WorkerStatus[];
  /** How the last worker that died came to its end, and who went on. */
  readonly last_death: Death | null;
  /** How many events the eventual model has set aside. */
  readonly dead_letters: number;
  readonly last_rebuild: RebuildStatus | null;
  readonly burst: BurstStatus | null;
  /** The last whole burst with each number of inline projections. */
  readonly burst_results: readonly BurstStatus[];
}

/** What the eventual model has set aside, and what was done about it. */
export interface DeadLetterList {
  readonly letters: readonly {
    readonly position: number;
    readonly key: string;
    readonly type: string;
    readonly payload: unknown;
    readonly reason: DeadLetter["reason"];
    readonly error: string;
    readonly attempts: number;
    readonly set_aside_at: string;
  }[];
  readonly acts: readonly {
    readonly position: number;
    readonly act: DeadLetterAct["act"];
    readonly actor: string;
    readonly reason: string;
    readonly at: string;
  }[];
}

const count = z.int().min(0);
const position = count;
const ms = z.number().min(0);

const model = z.object({
  name: z.string(),
  consistency: z.enum(["sync", "eventual"]),
  state: z.enum(["inline", "running", "standby", "paused", "retrying", "stopped", "idle"]),
  position: position.describe("The position up to which the read model is built."),
  lag: z.object({
    events: count.describe("Head position minus checkpoint: a bound, as positions have gaps."),
    ms: ms.describe("The age of the oldest event that is not applied."),
  }),
  error: z.string().exactOptional().describe("Why it has stopped."),
});

const faults = z.object({
  crash: z.enum(CRASHES),
  duplicates: z.boolean(),
  wake_ups: z.enum(WAKE_UPS),
  bug: z.boolean(),
  policy: z.enum(POLICIES),
});

const counts = z.object({
  events_applied: count,
  events_applied_twice: count,
  batches_delivered_twice: count,
  second_deliveries_refused: count,
  wake_ups_late: count,
  wake_ups_dropped: count,
});

const death = z.object({
  how: z.enum(["crashed before", "crashed after", "killed"]),
  worker: z.string(),
  at_ms: z.number(),
  batch: z.object({ from: position, to: position, events: count }).nullable(),
  checkpoint: position.nullable().describe("What the store had right after."),
  successor: z.object({ worker: z.string(), after_ms: ms, from: position }).nullable(),
  applied_by_successor: count,
});

const rebuild = z.object({
  mode: z.enum(REBUILD_MODES),
  state: z.enum(["running", "done", "failed"]),
  position,
  target: position,
  ms,
  users_before: count,
  fewest_users: count.describe("The fewest users that readers saw meanwhile."),
  reads: count,
  pace_ms: ms,
  error: z.string().nullable(),
});

const distribution = z.object({
  count,
  p50_ms: ms.nullable(),
  p99_ms: ms.nullable(),
  max_ms: ms.nullable(),
  columns: z.array(count).describe("How many lie in each column of a histogram, five a decade."),
});

const burst = z.object({
  state: z.enum(["running", "settling", "done", "cancelled", "failed"]),
  inline: count.describe("How many projections are applied in the transaction of each command."),
  wanted: count,
  accepted: count,
  refused: count,
  ms,
  latency: distribution,
  lag: distribution,
  error: z.string().nullable(),
});

export const labStatus: z.ZodType<LabStatus> = z.object({
  store: z.string(),
  head: position.describe("The highest position that readers may see."),
  delay_ms: ms,
  models: z.array(model),
  faults,
  counts,
  workers: z.array(z.object({ name: z.string(), leads: z.boolean() })),
  last_death: death.nullable(),
  dead_letters: count,
  last_rebuild: rebuild.nullable(),
  burst: burst.nullable(),
  burst_results: z.array(burst),
});

const letter = z.object({
  position,
  key: z.string(),
  type: z.string(),
  payload: z.unknown().describe("The payload of the event."),
  reason: z.enum(["skipped", "parked", "behind"]),
  error: z.string(),
  attempts: count,
  set_aside_at: z.iso.datetime(),
});

const act = z.object({
  position,
  act: z.enum(["set aside", "retried", "retry failed", "discarded", "cleared by a rebuild"]),
  actor: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
});

export const deadLetterList: z.ZodType<DeadLetterList> = z.object({
  letters: z.array(letter),
  acts: z.array(act),
});

/** What became of those that were retried, all at once. */
export const retriedLetters = z.object({
  applied: count,
  left: count.describe("How many have failed again, or wait behind one that has."),
});
