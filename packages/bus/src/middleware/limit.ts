import { BusError } from "../bus-error.ts";
import { contextWith } from "../context.ts";
import type { Middleware, Next } from "../middleware.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";

export interface LimitOptions {
  /** How many messages may be handled at a time; integer ≥ 1. */
  readonly concurrency: number;
  /** How many more may wait for a place; integer ≥ 0. Default 0. */
  readonly queue?: number;
  /** What to tell those who find no place, in milliseconds ≥ 0. Default 1,000. */
  readonly retryAfterMs?: number;
  /** Tells the time in epoch milliseconds; asked only for a message that has waited and has a deadline. Default `Date.now`. */
  readonly now?: () => number;
}

/** A middleware that knows how busy it is. */
export interface Limit extends Middleware {
  /** Messages that are being handled; never more than `concurrency`. */
  readonly running: number;
  /** Messages that wait; never more than `queue`. */
  readonly queued: number;
}

/**
 * Bounds how much is under way: so many messages at a time, so many that wait, and the rest is refused at once.
 *
 * Who waits gets in first come, first served. A message that is aborted while it waits frees its place at once, and one
 * whose deadline has passed by its turn is not begun. A place is held until the handler has settled, whether or not anybody
 * still listens: so set `timeout` outside of it, where it takes the waiting into account, and not inside.
 *
 * One middleware counts over all routes and all buses that it is given to. Whoever is inside must not await another message
 * that has to pass the same limit: enough of them would wait for each other's places.
 *
 * @throws {BusError} `OVERLOADED` with `details.retryAfterMs`; `ABORTED` or `DEADLINE_EXCEEDED` after waiting.
 * @throws {RangeError} When an option is out of its range.
 * @throws {TypeError} When an option is unknown or of another type.
 * @example
 * ```ts
 * import { CommandBus } from "@counterpoint/bus";
 * import { limit } from "@counterpoint/bus/limit";
 *
 * const commands = new CommandBus({ middleware: [limit({ concurrency: 50, queue: 200 })] });
 * ```
 */
export function limit(options: LimitOptions): Limit {
  const {
    concurrency,
    queue = 0,
    retryAfterMs = 1_000,
    now = Date.now,
  } = optionsOf("limit", options, KINDS);
  assertAtLeast(1, concurrency, "concurrency");
  assertAtLeast(0, queue, "queue");
  if (!(retryAfterMs >= 0)) {
    throw new RangeError(`Expected limit({ retryAfterMs }) to be ≥ 0, got ${retryAfterMs}.`);
  }
  let running = 0;
  /** In the order of arrival; a set, so that one in the middle leaves as cheaply as the first. */
  const waiting = new Set<() => void>();

  const run = async (next: Next): Promise<unknown> => {
    running++;
    const work = async (): Promise<unknown> => next(); // a handler that throws ends no sooner than one that rejects
    try {
      return await work();
    } finally {
      running--;
      for (const enter of waiting) {
        if (running === concurrency) break;
        enter();
      }
    }
  };

  const limit: Middleware = (message, next, context) => {
    if (running < concurrency) return run(next);
    if (waiting.size >= queue) {
      throw new BusError("OVERLOADED", `${message.type} found no place: too much is under way.`, {
        details: { type: message.type, retryAfterMs, running, queued: waiting.size },
      });
    }
    return new Promise((resolve, reject) => {
      const { signal, contract } = context;
      /** Goes in, or finds out that it is too late for that. */
      const enter = (): void => {
        waiting.delete(enter);
        signal?.removeEventListener("abort", enter);
        try {
          contextWith(context, contract, now);
          resolve(run(next));
        } catch (error) {
          reject(error);
        }
      };
      if (signal?.aborted) return enter();
      waiting.add(enter);
      signal?.addEventListener("abort", enter);
    });
  };
  return Object.defineProperties(limit, {
    running: { get: () => running },
    queued: { get: () => waiting.size },
  }) as Limit; // with the two properties that were just defined
}

const KINDS: Kinds<LimitOptions> = {
  concurrency: "number",
  queue: "number",
  retryAfterMs: "number",
  now: "function",
};

function assertAtLeast(least: number, value: number, name: string): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`Expected limit({ ${name} }) to be an integer ≥ ${least}, got ${value}.`);
  }
}
