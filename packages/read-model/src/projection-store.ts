import type { RecordedEvent } from "@counterpoint/events";
import type { Projection } from "./projection.ts";
import type { ReadModel } from "./read-model.ts";

/** A stretch of the log on its way into a read model. */
export interface ProjectionBatch {
  readonly projection: Projection;
  /** In the order of positions, all behind `from`. */
  readonly events: readonly RecordedEvent[];
  /** The checkpoint that the batch continues. */
  readonly from: number;
  /** The checkpoint when it is applied: the position of the last event read. */
  readonly to: number;
}

/** Keeps read models and the checkpoints that say how far they are: the port of the projector. */
export interface ProjectionStore {
  /** Makes room for the documents and the checkpoint of a read model, once. Repeating it changes nothing. */
  prepare(projection: Projection): Promise<void>;

  /** @returns The position up to which the read model is built; 0 when it is not begun. */
  loadCheckpoint(projection: Projection): Promise<number>;

  /**
   * Folds a batch into the documents and moves the checkpoint, both or neither. A batch that was applied already, or
   * that does not continue the checkpoint, changes nothing: its effect is exactly once.
   *
   * @throws {ReadModelError} `CHECKPOINT_MOVED` when the checkpoint is not `from`; `HANDLER_FAILED` as `foldBatch` throws it.
   */
  applyBatch(batch: ProjectionBatch): Promise<void>;

  /** Removes all documents and sets the checkpoint to 0, both or neither. */
  reset(projection: Projection): Promise<void>;

  /** Opens a read model, synchronous or eventual, for queries. */
  readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument>;
}
