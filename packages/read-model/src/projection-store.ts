import type { RecordedEvent } from "@counterpoint/events";
import type { DeadLetterOrder } from "./dead-letters.ts";
import type { Follower, Lease } from "./follower.ts";
import type { Beginning, ProgressStore, Step } from "./progress-store.ts";
import type { Projection } from "./projection.ts";
import type { ReadModel } from "./read-model.ts";

/** A stretch of the log on its way into a read model. */
export interface ProjectionBatch extends Step {
  readonly projection: Projection;
  /** In the order of positions, all behind `from`; with a lease, those of its partition alone. */
  readonly events: readonly RecordedEvent[];
}

/** Keeps read models and the checkpoints that say how far they are: the port of the projector. */
export interface ProjectionStore extends ProgressStore {
  /** Makes room for the documents of a projection, too. @throws {TypeError} Also when it is applied inline. */
  prepare(follower: Follower | Projection, partitions?: number, from?: Beginning): Promise<void>;

  /** @returns The position up to which all of the read model is built; 0 when it is not begun, or kept in another version. */
  loadCheckpoint(projection: Projection): Promise<number>;

  /**
   * Folds a batch into the documents and moves the checkpoint, both or neither. Events of parked keys are set aside
   * behind the one that parked them. A batch that was applied already, or that does not continue the checkpoint, changes
   * nothing: its effect is exactly once.
   *
   * @throws {ReadModelError} `CHECKPOINT_MOVED` when the checkpoint is not `from`; `FENCED` when the lease was lost;
   *   `UNAVAILABLE` when the store has another version; `HANDLER_FAILED` as `foldBatch` throws it.
   */
  applyBatch(batch: ProjectionBatch): Promise<void>;

  /**
   * Applies a dead letter to the documents as they are now and closes it, both or neither.
   *
   * @returns `false` when there is no such letter (any more).
   * @throws {ReadModelError} `HANDLER_FAILED` when it fails again (the letter stays); `OUT_OF_ORDER` when an older letter of its key
   *   has to come first; `UNAVAILABLE` when the store has another version.
   */
  retryDeadLetter(
    projection: Projection,
    position: number,
    order?: DeadLetterOrder,
  ): Promise<boolean>;

  /**
   * Removes all documents and dead letters and sets the checkpoints to 0, all or nothing. Leases are lost.
   *
   * @throws {ReadModelError} `UNAVAILABLE` when the store has another version.
   */
  reset(projection: Projection): Promise<void>;

  /**
   * Puts the documents and dead letters of `replacement` in the place of those of `projection`, brought forward to whichever
   * checkpoint is further (inline: to the head of the log), all in one transaction. The replacement is gone afterwards, what
   * was halted goes on, and all leases on both are lost. From then on the store has the version of `projection`; when it
   * has a higher one already, only the replacement goes.
   *
   * @param lease - The right to do so, on partition 0 of the replacement. Default: whoever comes.
   * @returns `false` when there is no such replacement (any more).
   * @throws {ReadModelError} `HANDLER_FAILED` when an event on the way cannot be applied; `FENCED` when the lease was lost.
   *   Nothing has changed then.
   */
  replace(projection: Projection, replacement: Projection, lease?: Lease): Promise<boolean>;

  /** Opens a read model, synchronous or eventual, for queries. */
  readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument>;
}
