import { BusError, isBusError } from "../bus-error.ts";
import type { Context } from "../context.ts";
import type { Middleware } from "../middleware.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";
import { sleepOnTimer } from "./sleep-on-timer.ts";

export interface RetryOptions {
  /** How often to try again after the first failure; integer ≥ 0. `times: 3` makes four calls at the most. */
  readonly times: number;
  /** Which errors are worth another try. Default: all but `BusError`, which would only come again. */
  readonly when?: (error: unknown, attempt: number) => boolean;
  /** Milliseconds before the next try, after `attempt` failures. Default {@link backoffMs}. */
  readonly delayMs?: (attempt: number) => number;
  /** Waits; rejects when the signal aborts. Default: a timer of the platform. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Tells the time in epoch milliseconds; asked only when the message carries a deadline. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Runs everything below it again when it fails.
 *
 * Place it outside of whatever must start afresh (a transaction) and inside of what must happen once (authorisation,
 * logging of the outcome). The last error arrives unchanged, also when the next try would begin after the deadline. An
 * aborted signal ends the waiting with `ABORTED` (the last error is its `cause`) and no further try begins.
 *
 * @throws {RangeError} When `times` is not an integer ≥ 0.
 * @throws {TypeError} When an option is unknown or of another type.
 * @example
 * ```ts
 * import { CommandBus } from "@counterpoint/bus";
 * import { retry } from "@counterpoint/bus/retry";
 * import { isConcurrencyError } from "@counterpoint/events";
 *
 * const commands = new CommandBus({ middleware: [retry({ times: 3, when: isConcurrencyError })] });
 * ```
 */
export function retry(options: RetryOptions): Middleware {
  const {
    times,
    when = isWorthAnotherTry,
    delayMs = backoffMs,
    sleep = sleepOnTimer,
    now = Date.now,
  } = optionsOf("retry", options, KINDS);
  if (!Number.isInteger(times) || times < 0) {
    throw new RangeError(`Expected retry({ times }) to be an integer ≥ 0, got ${times}.`);
  }
  return async function retry(message, next, context) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        if (attempt > times || context.signal?.aborted || !when(error, attempt)) throw error;
        const ms = delayMs(attempt);
        if (context.deadlineAtMs !== undefined && now() + ms > context.deadlineAtMs) throw error;
        await pause(ms, context, message.type, error);
      }
    }
  };

  async function pause(ms: number, context: Context, type: string, cause: unknown): Promise<void> {
    try {
      if (ms > 0) await sleep(ms, context.signal);
    } catch (error) {
      if (!context.signal?.aborted) throw error; // a sleep that is broken, and not one that was ended
    }
    if (context.signal?.aborted) {
      throw new BusError("ABORTED", `${type} was aborted while it waited to be tried again.`, {
        cause,
      });
    }
  }
}

/**
 * Computes the delay before a retry: doubles from 100 ms, capped at 30 s.
 *
 * @param attempt - Failed attempts so far; integer ≥ 1.
 * @returns Milliseconds in `[100, 30_000]`.
 * @throws {RangeError} When `attempt` is not an integer ≥ 1.
 * @example
 * ```ts
 * import { backoffMs } from "@counterpoint/bus/retry";
 *
 * backoffMs(3); // => 400
 * ```
 */
export function backoffMs(attempt: number): number {
  if (!Number.isInteger(attempt) || attempt < 1) {
    throw new RangeError(`Expected attempt to be an integer ≥ 1, got ${attempt}.`);
  }
  return Math.min(100 * 2 ** (attempt - 1), 30_000);
}

const KINDS: Kinds<RetryOptions> = {
  times: "number",
  when: "function",
  delayMs: "function",
  sleep: "function",
  now: "function",
};

function isWorthAnotherTry(error: unknown): boolean {
  return !isBusError(error);
}
