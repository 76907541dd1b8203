import { BusError } from "../bus-error.ts";
import type { AnyQueryContract, Message, QueryMessage } from "../contract.ts";
import type { Context } from "../context.ts";
import type { Middleware } from "../middleware.ts";
import { canonicalKey } from "./canonical-key.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";

export interface CacheOptions {
  /** For how long a result may be handed out, counted from the moment when its query began; milliseconds > 0. */
  readonly ttlMs: number;
  /** How many results to hold at the most; integer ≥ 1. The one that was asked for longest ago goes first. */
  readonly maxEntries: number;
  /** Tells the time in milliseconds, of any origin. Default `performance.now`. */
  readonly now?: () => number;
  /** Names what is asked. Default: a canonical form of the payload. Messages of different types never share a result. */
  readonly keyOf?: (message: Message) => string;
  /** Names those who share results, as plain data. Default: each `metadata.actor` has results of its own. */
  readonly scopeOf?: (context: Context) => unknown;
  /** Copies a result. Default `structuredClone`. With `(result) => result` callers share what they must not change. */
  readonly copy?: (result: unknown) => unknown;
}

/** A middleware that remembers, and can be told to forget. */
export interface Cache extends Middleware {
  /** Results that are held now, those included that are too old and not yet noticed. */
  readonly size: number;
  /** Forgets the results of a query with this payload, or of all queries of a contract, in every scope. */
  invalidate(subject: QueryMessage | AnyQueryContract): void;
  /** Forgets everything. */
  clear(): void;
}

/**
 * Remembers the results of queries, and runs equal queries that come at the same time only once.
 *
 * - Equal means equal type, scope and canonical payload: the order of keys, of maps and of sets does not count.
 * - A failure is not remembered; who waits for the same run gets it too.
 * - Everybody gets a copy, so that nobody's changes are seen by others.
 * - One caller's abort ends the wait of that caller alone. The run is aborted when the last one has left, and carries no
 *   deadline: place `timeout` outside. It has the metadata of the caller who came first.
 * - What is invalidated while it is being read is not remembered: callers who come later read again.
 *
 * Place it below `authorize`: above, it would answer those who may not ask. Widen `scopeOf` (`() => "everybody"`) only where
 * the answer is the same whoever asks, or one person gets what another may see. Invalidate after the read model has changed,
 * not before; `ttlMs` bounds what is missed. Commands and events pass through, and so do queries whose payload or scope is
 * nested too deep (more than 500 levels) to make a key of.
 *
 * @throws {BusError} `ABORTED` when the caller aborts while it waits.
 * @throws {RangeError} When `ttlMs` or `maxEntries` is out of its range.
 * @throws {TypeError} When an option is unknown or of another type.
 * @throws {TypeError} When a payload is not plain data and there is no `keyOf` (as a rejection).
 * @example
 * ```ts
 * import { event, EventBus, query, QueryBus, type } from "@counterpoint/bus";
 * import { cache } from "@counterpoint/bus/cache";
 *
 * const GetUser = query("GetUser", { payload: type<{ userId: string }>(), result: type<string>() });
 * const UserRenamed = event("UserRenamed", { payload: type<{ userId: string }>() });
 *
 * const cached = cache({ ttlMs: 60_000, maxEntries: 1_000 });
 * const queries = new QueryBus({ middleware: [cached] });
 * const events = new EventBus();
 * events.subscribe(UserRenamed, ({ userId }) => cached.invalidate(GetUser({ userId })));
 * ```
 */
export function cache(options: CacheOptions): Cache {
  const {
    ttlMs,
    maxEntries,
    now = () => performance.now(),
    keyOf = ({ payload }: Message) => keyFor(payload),
    scopeOf = ({ metadata }) => metadata.actor,
    copy = structuredClone,
  } = optionsOf<CacheOptions>("cache", options, KINDS);
  if (!(ttlMs > 0)) throw new RangeError(`Expected cache({ ttlMs }) to be > 0, got ${ttlMs}.`);
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new RangeError(`Expected cache({ maxEntries }) to be an integer ≥ 1, got ${maxEntries}.`);
  }
  /** What is being read or was read, in the order of last use. */
  const entries = new Map<string, Entry>();
  /** The same by type, and by type and payload: what an invalidation names. */
  const groups = new Map<string, Set<Entry>>();
  let size = 0;

  const cache: Middleware = (message, next, context) => {
    if (context.contract.kind !== "query") return next();
    if (context.signal?.aborted) throw aborted(message, context.signal);
    const ofMessage = nameOf(message);
    const ofScope = keyFor(scopeOf(context));
    if (ofMessage === undefined || ofScope === undefined) return next();
    const key = ofScope + ofMessage;
    let entry = entries.get(key);
    if (entry?.held && entry.untilMs <= now()) {
      forget(entry);
      entry = undefined;
    }
    if (entry) touch(entry);
    if (entry?.held) return copy(entry.held.result);
    return wait((entry ??= begin(ofMessage)), message, context.signal);

    function begin(ofMessage: string): Entry {
      const own = new AbortController();
      const below = { ...context, signal: own.signal, deadlineAtMs: undefined };
      const entry: Entry = {
        key,
        groups: [quote(message.type), ofMessage],
        untilMs: now() + ttlMs,
        own,
        waiting: 0,
        run: Promise.resolve()
          .then(() => next(message, below))
          .then((result) => keep(entry, copy(result)))
          .finally(() => entry.held ?? forget(entry)),
      };
      entries.set(key, entry);
      for (const group of entry.groups) {
        groups.set(group, (groups.get(group) ?? new Set()).add(entry));
      }
      return entry;
    }
  };

  return Object.assign(
    Object.defineProperty(cache, "size", { get: () => size }) as Cache, // with what is assigned here
    {
      invalidate(subject: QueryMessage | AnyQueryContract) {
        const group = typeof subject === "function" ? quote(subject.type) : nameOf(subject);
        for (const entry of groups.get(group ?? "") ?? []) forget(entry);
      },
      clear() {
        for (const entry of entries.values()) forget(entry);
      },
    },
  );

  function nameOf(message: Message): string | undefined {
    const key = keyOf(message);
    return key === undefined ? key : `${quote(message.type)}:${key}`;
  }

  function touch(entry: Entry): void {
    entries.delete(entry.key);
    entries.set(entry.key, entry);
  }

  function keep(entry: Entry, result: unknown): unknown {
    if (entries.get(entry.key) === entry) {
      touch(entry);
      entry.held = { result };
      size++;
      for (const oldest of entries.values()) {
        if (size <= maxEntries) break;
        if (oldest.held) forget(oldest);
      }
    }
    return result;
  }

  function forget(entry: Entry): void {
    if (entries.get(entry.key) !== entry) return;
    entries.delete(entry.key);
    if (entry.held) size--;
    for (const name of entry.groups) {
      const group = groups.get(name);
      group?.delete(entry);
      if (group?.size === 0) groups.delete(name);
    }
  }

  function wait(entry: Entry, message: Message, signal: AbortSignal | undefined): Promise<unknown> {
    entry.waiting++;
    const result = entry.run.then(copy);
    if (!signal) return result;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(aborted(message, signal));
        if (--entry.waiting > 0 || entry.held) return;
        forget(entry);
        entry.own.abort(signal.reason);
      };
      signal.addEventListener("abort", leave);
      result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }
}

const KINDS: Kinds<CacheOptions> = {
  ttlMs: "number",
  maxEntries: "number",
  now: "function",
  keyOf: "function",
  scopeOf: "function",
  copy: "function",
};

/** One result: while it is being read, and afterwards. */
interface Entry {
  readonly key: string;
  readonly groups: readonly string[];
  readonly untilMs: number;
  readonly own: AbortController;
  readonly run: Promise<unknown>;
  /** Callers who have not left. */
  waiting: number;
  held?: { readonly result: unknown };
}

/** @returns `undefined` for what is too deep: it passes by, since a question is no worse for it. */
function keyFor(value: unknown): string | undefined {
  try {
    return canonicalKey(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function quote(type: string): string {
  return JSON.stringify(type);
}

function aborted({ type }: Message, { reason }: AbortSignal): BusError<"ABORTED"> {
  return new BusError("ABORTED", `${type} was aborted while it waited.`, { cause: reason });
}
