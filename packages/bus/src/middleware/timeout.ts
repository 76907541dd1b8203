import { BusError } from "../bus-error.ts";
import type { Middleware } from "../middleware.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";

export interface TimeoutOptions {
  /** Most milliseconds for what lies below; > 0. Default: as long as the message's own deadline allows. */
  readonly ms?: number;
  /** Tells the time in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** Runs a task once, at the earliest after so many milliseconds, unless disposed of before. Default: `setTimeout`. */
  readonly after?: (ms: number, task: () => void) => Disposable;
}

/**
 * Stops waiting when time is up, or when the caller aborts: the answer is a rejection at once, whatever the handler does.
 *
 * The deadline is the earlier of the message's own and `ms` from now. What lies below receives it in its context, and a
 * signal that is aborted on expiry (with the very error that the caller gets) and when the caller's own is (with the
 * caller's reason). Nobody can stop a handler that ignores its signal: it goes on unheard, and what it returns or throws
 * later is dropped. Timers and listeners are released as soon as there is an outcome. Without `ms`, deadline and signal
 * a message passes straight through.
 *
 * Place it outside of `limit` and `cache`, which give up a message whose signal is aborted, and outside of `retry` for a
 * limit on all tries together, inside for one on each.
 *
 * @throws {BusError} `DEADLINE_EXCEEDED`, or `ABORTED` with the signal's reason as `cause`.
 * @throws {RangeError} When `ms` is not > 0.
 * @throws {TypeError} When an option is unknown or of another type.
 * @example
 * ```ts
 * import { query, QueryBus, type } from "@counterpoint/bus";
 * import { timeout } from "@counterpoint/bus/timeout";
 *
 * const CountUsers = query("CountUsers", { payload: type<{}>(), result: type<number>() });
 * const queries = new QueryBus({ middleware: [timeout({ ms: 20 })] }).register(
 *   CountUsers,
 *   () => new Promise<number>(() => {}),
 * );
 * const count = queries.dispatch(CountUsers({}));
 * await count; // => throws BusError: CountUsers was not finished by its deadline.
 * ```
 */
export function timeout(options: TimeoutOptions = {}): Middleware {
  const {
    ms = Infinity,
    now = Date.now,
    after = afterOnTimer,
  } = optionsOf("timeout", options, KINDS);
  if (!(ms > 0)) throw new RangeError(`Expected timeout({ ms }) to be > 0, got ${ms}.`);
  return function timeout(message, next, context) {
    const { signal: given } = context;
    const endMs = Math.min(context.deadlineAtMs ?? Infinity, ms < Infinity ? now() + ms : ms);
    if (!given && endMs === Infinity) return next();
    return new Promise((resolve, reject) => {
      const own = new AbortController();
      let timer: Disposable | undefined;
      const release = (): void => {
        timer?.[Symbol.dispose]();
        given?.removeEventListener("abort", abort);
      };
      const stop = (error: BusError, reason: unknown = error): void => {
        release();
        reject(error);
        own.abort(reason);
      };
      const abort = (): void => {
        const cause: unknown = given?.reason;
        stop(new BusError("ABORTED", `${message.type} was aborted.`, { cause }), cause);
      };
      const watch = (): void => {
        const lateMs = now() - endMs; // timers may fire early, and cannot count further than 24 days
        if (lateMs < 0) {
          timer = after(Math.min(-lateMs, LONGEST_TIMER_MS), watch);
          return;
        }
        const details = { deadlineAtMs: endMs, lateMs };
        const text = `${message.type} was not finished by its deadline.`;
        stop(new BusError("DEADLINE_EXCEEDED", text, { details }));
      };

      if (given?.aborted) return abort();
      if (endMs < Infinity) watch();
      if (own.signal.aborted) return;
      given?.addEventListener("abort", abort);
      const deadlineAtMs = endMs < Infinity ? endMs : undefined;
      const work = async (): Promise<unknown> =>
        next(message, { ...context, signal: own.signal, deadlineAtMs });
      work().finally(release).then(resolve, reject);
    });
  };
}

const KINDS: Kinds<TimeoutOptions> = { ms: "number", now: "function", after: "function" };

const LONGEST_TIMER_MS = 2 ** 31 - 1;

function afterOnTimer(ms: number, task: () => void): Disposable {
  const timer = setTimeout(task, ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
