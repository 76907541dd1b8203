import type { IdempotencyEntry, IdempotencyStore } from "@counterpoint/bus/idempotency";

export interface MemoryIdempotencyStoreOptions {
  /** Tells the time in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** How many keys to keep at the most; integer ≥ 1. Default 10,000. Only keys that somebody works on go beyond. */
  readonly maxEntries?: number;
  /** How long a result is kept, from its completion; milliseconds > 0. Default one day. */
  readonly ttlMs?: number;
}

interface Claimed {
  readonly fingerprint: string;
  readonly claim: string;
  readonly leaseEndMs: number;
}

interface Completed {
  readonly fingerprint: string;
  readonly claim: string;
  /** `undefined` for no result. */
  readonly json: string | undefined;
  readonly endMs: number;
}

/**
 * Keeps idempotency keys in the memory of this process: for tests, and for one process that may forget when it ends.
 *
 * Results are copied in and out. When there are too many keys, the oldest results go first; a key whose result is gone is
 * as good as never seen.
 *
 * @throws {RangeError} When an option is out of its range.
 * @example
 * ```ts
 * import { CommandBus } from "@counterpoint/bus";
 * import { idempotency } from "@counterpoint/bus/idempotency";
 * import { createMemoryIdempotencyStore } from "@counterpoint/memory";
 *
 * const once = idempotency({ store: createMemoryIdempotencyStore() });
 * const commands = new CommandBus({ middleware: [once] });
 * ```
 */
export function createMemoryIdempotencyStore(
  options: MemoryIdempotencyStoreOptions = {},
): IdempotencyStore {
  const { now = Date.now, maxEntries = 10_000, ttlMs = 86_400_000 } = options;
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new RangeError(`Expected maxEntries to be an integer ≥ 1, got ${maxEntries}.`);
  }
  if (!(ttlMs > 0)) throw new RangeError(`Expected ttlMs to be > 0, got ${ttlMs}.`);
  const claimed = new Map<string, Claimed>();
  /** In the order of completion, which is that of their ends. */
  const completed = new Map<string, Completed>();
  let claims = 0;

  return {
    async begin({ key, fingerprint, leaseMs }): Promise<IdempotencyEntry> {
      forget();
      const done = completed.get(key);
      if (done) {
        const result: unknown = done.json === undefined ? undefined : JSON.parse(done.json);
        return { status: "done", fingerprint: done.fingerprint, result };
      }
      const rival = claimed.get(key);
      if (rival && (rival.fingerprint !== fingerprint || now() < rival.leaseEndMs)) {
        return { status: "pending", fingerprint: rival.fingerprint };
      }
      const claim = String(++claims);
      claimed.delete(key); // so that it lines up behind the others again
      claimed.set(key, { fingerprint, claim, leaseEndMs: now() + leaseMs });
      return { status: "new", claim };
    },

    async complete({ key, claim, result }) {
      if (completed.get(key)?.claim === claim) return true;
      const own = claimed.get(key);
      if (own?.claim !== claim) return false;
      const json = JSON.stringify(result) as string | undefined; // of `undefined`, whatever its type says
      claimed.delete(key);
      completed.set(key, { fingerprint: own.fingerprint, claim, json, endMs: now() + ttlMs });
      forget();
      return true;
    },

    async abandon({ key, claim }) {
      if (claimed.get(key)?.claim === claim) claimed.delete(key);
    },
  };

  /** Drops results that are too old, and then what there is too much of. */
  function forget(): void {
    for (const [key, { endMs }] of completed) {
      if (endMs > now() && completed.size + claimed.size <= maxEntries) break;
      completed.delete(key);
    }
    for (const [key, { leaseEndMs }] of claimed) {
      const isLeft = leaseEndMs <= now() && completed.size + claimed.size > maxEntries;
      if (!isLeft) break;
      claimed.delete(key);
    }
  }
}
