import type { Clock, EventLog } from "@counterpoint/events";
import type { ProjectionStore } from "@counterpoint/read-model";

/** When the checkpoint of the eventual model reached a position. */
export interface CheckpointMove {
  readonly position: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at_ms: number;
}

type ProjectorStore = ProjectionStore & EventLog;

/** The moves of the last moments, enough for whoever looks ten times a second. */
const KEPT = 256;

/**
 * Notes when each batch has been applied, so that the page can tell how long every event took to the read model.
 *
 * @returns The store to give to the projector, and the newest moves, oldest first.
 */
export function watchCheckpoint(
  store: ProjectorStore,
  clock: Clock,
): { readonly store: ProjectorStore; readonly moves: () => readonly CheckpointMove[] } {
  let moves: readonly CheckpointMove[] = [];
  return {
    moves: () => moves,
    store: {
      readLog: (options) => store.readLog(options),
      head: () => store.head(),
      onAppend: (listener) => store.onAppend(listener),
      prepare: (projection) => store.prepare(projection),
      loadCheckpoint: (projection) => store.loadCheckpoint(projection),
      reset: (projection) => store.reset(projection),
      readModel: (projection) => store.readModel(projection),
      async applyBatch(batch) {
        await store.applyBatch(batch);
        moves = [...moves.slice(1 - KEPT), { position: batch.to, at_ms: clock.now() }];
      },
    },
  };
}
