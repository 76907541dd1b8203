import type { Clock } from "@counterpoint/events";
import type { HandledBatch } from "@counterpoint/read-model";

/** When the checkpoint of the eventual model reached a position. */
export interface CheckpointMove {
  readonly position: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at_ms: number;
}

/** The moves of the last moments, enough for whoever looks ten times a second. */
const KEPT = 256;

/** Notes when each batch has been applied, so that the page can tell how long every event took to the read model. */
export function createCheckpointMoves(clock: Clock): {
  readonly note: (batch: HandledBatch) => void;
  /** The newest moves, oldest first. */
  readonly moves: () => readonly CheckpointMove[];
} {
  let moves: readonly CheckpointMove[] = [];
  return {
    moves: () => moves,
    note: ({ position }) => {
      moves = [...moves.slice(1 - KEPT), { position, at_ms: clock.now() }];
    },
  };
}
