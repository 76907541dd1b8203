import type { DeadLetterStore, Poison } from "./dead-letters.ts";
import type { Follower, Lease, PartitionProgress } from "./follower.ts";

/** Where a follower begins that the store has not met before: at the first event, or behind the last one that readers may see. */
export type Beginning = "start" | "now";

/** A step along the log: from one checkpoint to the next. */
export interface Step {
  /** The checkpoint that the step continues. */
  readonly from: number;
  /** The checkpoint afterwards: the position of the last event read. */
  readonly to: number;
  /** Under which right the step is taken. Default: partition 0, by whoever comes; for a single writer only. */
  readonly lease?: Lease;
  /** An event of the step to set aside instead of handling it. */
  readonly poison?: Poison;
}

export interface LeaseRequest {
  readonly partition: number;
  /** Names the worker; unique among all processes. */
  readonly owner: string;
  /** For how long, by the store's clock; milliseconds ≥ 1. */
  readonly leaseMs: number;
}

/** Keeps checkpoints, and who may move them. */
export interface ProgressStore extends DeadLetterStore {
  /**
   * Makes room for the checkpoints of a follower, one for each partition. Repeating it changes nothing.
   *
   * With another number of partitions than before, all begin at one position, and leases are lost: a read model is brought
   * forward to the furthest; what has no documents goes back to the least, so that nothing is left out.
   *
   * A read model that the store has in another version stays as it is: a higher one is built beside, by the name of
   * `replacementOf`, and takes its place by `replace`; a lower one is out of date. What has no documents goes on in the higher version.
   *
   * @param partitions - Integer ≥ 1. Default 1.
   * @param from - Where to begin when the follower is new. Default `"start"`.
   * @throws {ReadModelError} `HANDLER_FAILED` when an event on the way forward cannot be applied; nothing has changed then.
   * @throws {TypeError} When a follower of another kind has that name.
   */
  prepare(follower: Follower, partitions?: number, from?: Beginning): Promise<void>;

  /** Reads how far each partition is, in the order of partitions; empty when it was never prepared. */
  loadProgress(follower: Pick<Follower, "name">): Promise<readonly PartitionProgress[]>;

  /**
   * Takes a partition that nobody holds, or that this owner holds already, under a new epoch.
   *
   * @returns `undefined` when somebody else holds it, there is no such partition, or the store has another version.
   */
  acquire(
    follower: Pick<Follower, "name" | "version">,
    request: LeaseRequest,
  ): Promise<Lease | undefined>;

  /** Prolongs a lease, also one that has run out but that nobody has taken. @returns The lease as it is now, or `undefined` when it was lost. */
  renew(lease: Lease, leaseMs: number): Promise<Lease | undefined>;

  /** Gives a lease back, so that others need not wait for its end. One that was lost is left alone. */
  release(lease: Lease): Promise<void>;

  /**
   * Marks a partition as halted, with the reason, for every process to see.
   *
   * @throws {ReadModelError} `FENCED` when the lease was lost.
   */
  halt(lease: Lease, reason: string): Promise<void>;

  /** Lets all halted partitions go on. */
  clearHalt(follower: Pick<Follower, "name">): Promise<void>;

  /**
   * Moves a checkpoint without touching documents; sets a poisoned event aside in the same transaction.
   *
   * @throws {ReadModelError} `CHECKPOINT_MOVED` when the checkpoint is not `from`; `FENCED` when the lease was lost;
   *   `UNAVAILABLE` when the store has another version; `DEAD_LETTER_NOT_FOUND` when the event is to wait `behind` a parked one, and there is none any more.
   */
  advance(follower: Follower, step: Step): Promise<void>;
}
