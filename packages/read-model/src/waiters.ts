import type { Scheduler } from "@counterpoint/events";
import { ReadModelError } from "./read-model-error.ts";

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface WaitOptions {
  /**
   * How long to wait at the most; milliseconds ≥ 0, or `Infinity`. Default 2,000. A process stays alive for a wait that
   * has an end.
   */
  readonly timeoutMs?: number;
  /** Gives up waiting when aborted. */
  readonly signal?: AbortSignal | undefined;
}

const KEPT = { keepAlive: true } as const;

/** Holds who waits for one read model to reach a position; never more than `most` at once. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();
  readonly #most: number;
  readonly #scheduler: Scheduler;

  constructor(most: number, scheduler: Scheduler) {
    this.#most = most;
    this.#scheduler = scheduler;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * @param tooLate - Makes the error for a wait that took too long.
   * @throws {ReadModelError} `TOO_MANY_WAITERS` or `ABORTED`, as a rejection.
   */
  wait(position: number, options: WaitOptions, tooLate: () => Promise<unknown>): Promise<void> {
    const { timeoutMs = 2_000, signal } = options;
    if (signal?.aborted) return Promise.reject(aborted(signal));
    if (this.#waiting.size >= this.#most) {
      return Promise.reject(
        new ReadModelError(
          "TOO_MANY_WAITERS",
          `${this.#most} readers wait already; try again later.`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => waiter.reject(aborted(signal!)); // only ever registered on the signal
      const giveUp = (): void => void tooLate().then(waiter.reject);
      const timer =
        timeoutMs === Infinity ? undefined : this.#scheduler.after(timeoutMs, giveUp, KEPT);
      const settled = (): void => {
        this.#waiting.delete(waiter);
        timer?.[Symbol.dispose]();
        signal?.removeEventListener("abort", abort);
      };
      const waiter: Waiter = {
        position,
        resolve: () => (settled(), resolve()),
        reject: (error) => (settled(), reject(error)),
      };
      this.#waiting.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Lets everybody go on who waits for a position up to this one. */
  reached(position: number): void {
    for (const waiter of this.#waiting) if (waiter.position <= position) waiter.resolve();
  }

  /** Sends everybody away who waits for more than a position. Default: everybody. */
  fail(error: unknown, beyond = -1): void {
    for (const waiter of this.#waiting) if (waiter.position > beyond) waiter.reject(error);
  }
}

function aborted(signal: AbortSignal): ReadModelError<"ABORTED"> {
  return new ReadModelError("ABORTED", "The wait was aborted.", { cause: signal.reason });
}

/** Something whose position can be waited for. */
interface Awaited {
  waitFor(position: number, options: WaitOptions): Promise<void>;
}

/** Waits for all of them. When one fails, nobody is left waiting at the others. */
export async function waitForAll(
  targets: readonly Awaited[],
  position: number,
  { signal, ...options }: WaitOptions,
): Promise<void> {
  const [only] = targets;
  if (only && targets.length === 1) return only.waitFor(position, { ...options, signal });
  const giveUp = new AbortController();
  const abort = (): void => giveUp.abort(signal!.reason); // only ever registered on the signal
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const each = { ...options, signal: giveUp.signal };
    await Promise.all(targets.map((target) => target.waitFor(position, each)));
  } finally {
    signal?.removeEventListener("abort", abort);
    giveUp.abort();
  }
}
