import type { CheckpointMove } from "../../../server/lab/checkpoint-moves.ts";

interface Pending {
  readonly position: number;
  readonly recordedAtMs: number;
}

const KEPT_MOVES = 2_000;

/**
 * Finds out how long each event took from the log to the eventual model: from its recording to the first move of the
 * checkpoint to its position or beyond. Both times are the server's, so neither the network nor the page is counted.
 */
export class LagSamples {
  #after = Infinity;
  #pending: readonly Pending[] = [];
  #moves: readonly CheckpointMove[] = [];

  /** Forgets what is pending, and measures from now on what stands behind this position. */
  begin(after: number): void {
    this.#after = after;
    this.#pending = [];
    this.#moves = [];
  }

  /** Takes events in the order of the log. */
  recorded(events: readonly { position: number; recordedAt: string }[]): void {
    const fresh = events
      .filter(({ position }) => position > this.#after)
      .map(({ position, recordedAt }) => ({ position, recordedAtMs: Date.parse(recordedAt) }));
    this.#pending = [...this.#pending, ...fresh];
  }

  /** Takes the newest moves, oldest first; they may repeat what was told before. */
  moved(moves: readonly CheckpointMove[]): void {
    const last = this.#moves.at(-1);
    const known = last
      ? moves.findLastIndex((move) => move.position === last.position && move.at_ms === last.at_ms)
      : -1;
    this.#moves = [...this.#moves, ...moves.slice(known + 1)].slice(-KEPT_MOVES);
  }

  /** @returns The lags, in milliseconds, of the events that have been applied since the last call. */
  settle(): readonly number[] {
    const lags: number[] = [];
    let index = 0;
    for (const pending of this.#pending) {
      const found = this.#moves.findIndex((move, at) => at >= index && covers(move, pending));
      if (found === -1) break;
      index = found;
      lags.push((this.#moves[found]?.at_ms ?? Number.NaN) - pending.recordedAtMs);
    }
    this.#pending = this.#pending.slice(lags.length);
    return lags;
  }
}

/** A rebuild moves the checkpoint over old positions again, so the time has to fit as well. */
function covers({ position, at_ms }: CheckpointMove, pending: Pending): boolean {
  return position >= pending.position && at_ms >= pending.recordedAtMs;
}
