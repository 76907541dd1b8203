import { BusError } from "../bus-error.ts";
import type { Message } from "../contract.ts";
import type { Context } from "../context.ts";
import type { Middleware, Next } from "../middleware.ts";
import { canonicalKey, isPlain } from "./canonical-key.ts";
import type { IdempotencyStore } from "./idempotency-store.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";
import { sleepOnTimer } from "./sleep-on-timer.ts";

export type { IdempotencyEntry, IdempotencyStore } from "./idempotency-store.ts";

export interface IdempotencyOptions {
  /** Where keys and results are kept. It decides how far the promise reaches: one process, or all that share a database. */
  readonly store: IdempotencyStore;
  /** Names the attempt; `undefined` lets the command pass. Default: `metadata.idempotencyKey`. */
  readonly keyOf?: (message: Message, context: Context) => string | undefined;
  /** Tells payloads apart. Default: SHA-256 of the canonical form of type and payload, by `crypto.subtle`. */
  readonly fingerprintOf?: (message: Message) => string | Promise<string>;
  /** How long a command may take before another process may take it for crashed; milliseconds > 0. Default 60,000. */
  readonly leaseMs?: number;
  /** How long a duplicate waits for the first, in milliseconds ≥ 0. Default 10,000. */
  readonly waitMs?: number;
  /** How often it asks the store meanwhile, when the first is in another process; milliseconds > 0. Default 100. */
  readonly pollMs?: number;
  /** Waits; rejects when the signal aborts. Default: a timer of the platform. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Tells the time in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** Hears of a store that failed after the command was done or had failed, which changes no outcome. Default: the console. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Gives a command that is sent again under the same key the result of the first time, without running it.
 *
 * - Keys are scoped by type and `metadata.actor`: nobody gets another one's result.
 * - The same key with another payload is refused.
 * - Duplicates that come while the first is running wait for its result.
 * - A command that fails sets its key free, and its error is not stored: whoever waits or comes later tries again.
 * - Results have to be JSON, or `undefined`, since they are stored. A member that is `undefined` is left out.
 *
 * The result is stored after the work, and not in one transaction with it. So a process that crashes in between leaves work
 * that is done and a claim that runs out: after `leaseMs` a duplicate runs the command a second time, and so it does when
 * the first takes longer than its lease in another process. In general that is at least once. It becomes an effect of
 * exactly once where the second run changes nothing: derive ids from the key (`userId = uuidV5(key)`), expect a version
 * (`"none"` for what is created), and answer from what is there. The end of the lease is handed down as the deadline, so
 * that a `timeout()` below keeps to it.
 *
 * Place it below `authorize` and `validate`, and outside of `retry` and of whatever opens a transaction. Queries and events
 * pass through.
 *
 * @throws {BusError} `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_IN_PROGRESS` when the first is not done after `waitMs`, or
 *   `ABORTED` when the caller aborts the wait.
 * @throws {TypeError} When there is no store, or an option is unknown or of another type.
 * @throws {TypeError} When the key is no text, or the result not JSON (then the work is done, and the key is free after the
 *   lease).
 * @throws {RangeError} When a duration is out of its range.
 * @throws {RangeError} When a payload is nested more than 500 levels deep and there is no `fingerprintOf` (as a rejection).
 * @example
 * ```ts
 * import { command, CommandBus, type } from "@counterpoint/bus";
 * import { idempotency } from "@counterpoint/bus/idempotency";
 * import { createMemoryIdempotencyStore } from "@counterpoint/memory";
 *
 * const CreateUser = command("CreateUser", {
 *   payload: type<{ name: string }>(),
 *   result: type<{ userId: string }>(),
 * });
 * const once = idempotency({ store: createMemoryIdempotencyStore() });
 * const commands = new CommandBus({ middleware: [once] }).register(CreateUser, () => ({
 *   userId: crypto.randomUUID(),
 * }));
 * const key = { metadata: { idempotencyKey: "form-7" } };
 * const first = await commands.dispatch(CreateUser({ name: "Ada" }), key);
 * const again = await commands.dispatch(CreateUser({ name: "Ada" }), key);
 * again.userId === first.userId; // => true
 * ```
 */
export function idempotency(options: IdempotencyOptions): Middleware {
  const {
    store,
    keyOf = (_, { metadata }) => metadata["idempotencyKey"] as string | undefined, // checked below
    fingerprintOf = sha256Of,
    leaseMs = 60_000,
    waitMs = 10_000,
    pollMs = 100,
    sleep = sleepOnTimer,
    now = Date.now,
    onError = (error) => console.error("The idempotency store failed after a command:", error),
  } = optionsOf<IdempotencyOptions>("idempotency", options, KINDS);
  for (const method of ["begin", "complete", "abandon"] as const) {
    if (typeof store?.[method] === "function") continue;
    throw new TypeError(
      `Expected idempotency({ store }) to have a method ${method}; createMemoryIdempotencyStore() of @counterpoint/memory makes a store.`,
    );
  }
  if (!(leaseMs > 0 && waitMs >= 0 && pollMs > 0)) {
    throw new RangeError(
      `Expected idempotency({ leaseMs > 0, waitMs ≥ 0, pollMs > 0 }), got ${leaseMs}, ${waitMs} and ${pollMs}.`,
    );
  }
  /** What this process is working on. Nobody here takes it over, whatever becomes of the lease. */
  const running = new Map<string, Running>();

  return function idempotency(message, next, context) {
    const given = context.contract.kind === "command" ? keyOf(message, context) : undefined;
    if (given === undefined) return next();
    if (typeof given !== "string" || given === "") {
      throw new TypeError(`Expected the idempotency key of ${message.type} to be a text.`);
    }
    const key = JSON.stringify([message.type, context.metadata.actor, given]);
    return once(key, message, next, context);
  };

  async function once(
    key: string,
    message: Message,
    next: Next,
    context: Context,
  ): Promise<unknown> {
    const { type } = message;
    const { signal, deadlineAtMs = Infinity } = context;
    const fingerprint = await fingerprintOf(message);
    const untilMs = Math.min(now() + waitMs, deadlineAtMs);
    for (;;) {
      const leaseEndMs = now() + leaseMs;
      const found = running.get(key) ?? (await store.begin({ key, fingerprint, leaseMs }));
      if (found.status === "new") {
        const below = { ...context, deadlineAtMs: Math.min(deadlineAtMs, leaseEndMs) };
        const result = perform(key, fingerprint, found.claim, type, () => next(message, below));
        const ended = result.catch(() => {}).finally(() => running.delete(key));
        running.set(key, { status: "pending", fingerprint, ended });
        return result;
      }
      if (found.fingerprint !== fingerprint) {
        const text = `The idempotency key of ${type} was used with another payload.`;
        throw new BusError("IDEMPOTENCY_KEY_REUSED", text, { details: { type } });
      }
      if (found.status === "done") return found.result;
      const leftMs = untilMs - now();
      if (leftMs <= 0) {
        const text = `${type} is still running under this idempotency key; ask again later.`;
        throw new BusError("IDEMPOTENCY_IN_PROGRESS", text, { details: { type } });
      }
      await pause(running.get(key)?.ended, leftMs, type, signal);
    }
  }

  async function perform(
    key: string,
    fingerprint: string,
    claim: string,
    type: string,
    work: () => unknown,
  ): Promise<unknown> {
    let result: unknown;
    try {
      result = await work();
    } catch (error) {
      await store.abandon({ key, claim }).catch(onError); // the lease sets the key free as well, if later
      throw error;
    }
    assertJson(result, type);
    try {
      if (await store.complete({ key, claim, result })) return result;
      // The claim was lost. Whoever took over decides on the answer, unless nobody has one.
      const found = await store.begin({ key, fingerprint, leaseMs });
      if (found.status === "new") await store.complete({ key, claim: found.claim, result });
      const isSame = found.status === "done" && found.fingerprint === fingerprint;
      return isSame ? found.result : result;
    } catch (error) {
      onError(error); // takes nothing back: the work is done, and the caller hears so
      return result;
    }
  }

  /** Waits for the first to end if it is in this process, and for the next look into the store if it is not. */
  async function pause(
    ended: Promise<unknown> | undefined,
    leftMs: number,
    type: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    signal?.addEventListener("abort", wake);
    void ended?.then(wake);
    try {
      if (!signal?.aborted) await sleep(ended ? leftMs : Math.min(leftMs, pollMs), woken.signal);
    } catch (error) {
      if (!woken.signal.aborted) throw error; // a sleep that is broken, and not one that was ended
    } finally {
      signal?.removeEventListener("abort", wake);
    }
    if (signal?.aborted) {
      throw new BusError("ABORTED", `${type} was aborted while a duplicate of it was running.`, {
        cause: signal.reason,
      });
    }
  }
}

const KINDS: Kinds<IdempotencyOptions> = {
  store: "object or function",
  keyOf: "function",
  fingerprintOf: "function",
  leaseMs: "number",
  waitMs: "number",
  pollMs: "number",
  sleep: "function",
  now: "function",
  onError: "function",
};

interface Running {
  readonly status: "pending";
  readonly fingerprint: string;
  readonly ended: Promise<unknown>;
}

async function sha256Of({ type, payload }: Message): Promise<string> {
  const text = new TextEncoder().encode(canonicalKey([type, payload]));
  const hash = await crypto.subtle.digest("SHA-256", text);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @throws {TypeError} For what would come back from JSON as something else. */
function assertJson(result: unknown, type: string): void {
  JSON.stringify(result, function (this: unknown, key, value: unknown) {
    const given = (this as Record<string, unknown>)[key]; // and not what its `toJSON` made of it
    const isHeld =
      given === undefined
        ? !Array.isArray(this)
        : typeof given === "object"
          ? given === null || Array.isArray(given) || isPlain(given)
          : typeof given === "string" || typeof given === "boolean" || Number.isFinite(given);
    if (isHeld) return value;
    const what = typeof given === "object" ? given?.constructor.name : String(given);
    throw new TypeError(
      `The result of ${type} is not JSON, so it cannot be stored under its idempotency key: ${key || "it"} is ${what}.`,
    );
  });
}
