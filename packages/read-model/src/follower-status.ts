import type { Clock, EventLog } from "@counterpoint/events";
import type { PartitionProgress } from "./follower.ts";
import type { FollowerRun } from "./follower-run.ts";
import type { Lag } from "./lag.ts";
import { lagBehind } from "./lag.ts";
import type { PartitionRun, RunState } from "./partition-run.ts";
import type { ProgressStore } from "./progress-store.ts";

/** Says how one partition is doing. */
export interface PartitionStatus {
  readonly partition: number;
  /** The checkpoint. */
  readonly position: number;
  /** What this process does about it. */
  readonly state: RunState;
  /** The worker that holds the lease, in whichever process. */
  readonly owner?: string;
}

/** Says how one follower of the log is doing, over all processes. */
export interface FollowerStatus {
  readonly name: string;
  readonly version: number;
  /** The state of the partition that needs attention most. */
  readonly state: RunState;
  /** The checkpoint that everything is up to: the lowest of its partitions. */
  readonly position: number;
  /** The highest position that readers may see. */
  readonly head: number;
  readonly lag: Lag;
  /** Events handled per second by this process, over the last ten seconds. */
  readonly eventsPerSecond: number;
  /** How many events were set aside. */
  readonly deadLetters: number;
  /** `true` when this process has been at one and the same step for five seconds: a handler or the store hangs. */
  readonly frozen: boolean;
  readonly partitions: readonly PartitionStatus[];
  /** Why it stopped or is retrying. */
  readonly error?: string;
}

interface Surroundings {
  readonly store: ProgressStore & EventLog;
  readonly clock: Clock;
}

const FROZEN_MS = 5_000;

/** Reads how far a follower is, and asks its runs what they do about it. Fails when the store does. */
export async function statusOf(
  { follower: { name, version }, runs, throughput }: FollowerRun,
  { store, clock }: Surroundings,
): Promise<FollowerStatus> {
  const [progress, deadLetters] = await Promise.all([
    store.loadProgress({ name }),
    store.countDeadLetters(name),
  ]);
  const position = progress.reduce((least, one) => Math.min(least, one.position), Infinity);
  const checkpoint = Number.isFinite(position) ? position : 0;
  const { head, ...lag } = await lagBehind(store, clock, checkpoint);
  const error = runs.find((run) => run.error !== undefined)?.error;
  const nowMs = clock.now();
  return {
    ...{ name, version, head, lag, deadLetters },
    position: checkpoint,
    state: URGENCY.find((state) => runs.some((run) => run.state === state)) ?? "idle",
    eventsPerSecond: throughput.perSecond(nowMs),
    frozen: runs.some((run) => run.busyMs(nowMs) > FROZEN_MS),
    partitions: progress.map((one) => partitionStatus(one, runs[one.partition])),
    ...(error !== undefined && { error }),
  };
}

function partitionStatus(
  { partition, position, owner }: PartitionProgress,
  run: PartitionRun | undefined,
): PartitionStatus {
  const state = run?.state ?? "idle";
  return { partition, position, state, ...(owner !== undefined && { owner }) };
}

const URGENCY: readonly RunState[] = [
  "stopped",
  "retrying",
  "paused",
  "running",
  "standby",
  "idle",
];
