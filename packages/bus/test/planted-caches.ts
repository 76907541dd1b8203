import type { AnyQueryContract, Message, Middleware, QueryMessage } from "../src/index.ts";
import { BusError } from "../src/index.ts";
import type { CacheLike, CreateCache } from "./cache-model.ts";
import { rightKey } from "./planted-canonical-keys.ts";

const FLAWS = [
  "makes its keys of JSON",
  "shares results among actors",
  "shares results among types",
  "runs equal queries as often as they come",
  "remembers failures",
  "fails those who wait when the first one aborts",
  "aborts the run when the first one aborts",
  "never aborts a run",
  "joins a run that was aborted",
  "does not end the wait of who aborts",
  "hands down the deadline of the first",
  "hands out what it holds",
  "holds what the handler keeps",
  "hands the same object to all who wait",
  "takes no result for no entry",
  "counts the time from the end of the run",
  "never grows old",
  "grows old a millisecond late",
  "holds one too many",
  "holds one too few",
  "forgets what was stored first",
  "forgets what was used last",
  "remembers what was invalidated while it was being read",
  "joins a run that was invalidated",
  "invalidates for one actor alone",
  "invalidates all of a type for one message",
  "invalidates nothing by contract",
  "invalidates all types by contract",
  "clears all but what is being read",
  "counts what is being read",
] as const;
type Flaw = (typeof FLAWS)[number];

interface Entry {
  readonly type: string;
  readonly payload: string;
  readonly actor: unknown;
  startedMs: number;
  readonly controller: AbortController;
  readonly promise: Promise<unknown>;
  readonly callers: Set<object>;
  held?: { readonly value: unknown };
  isStale: boolean;
}

/** A cache that searches a list, written without a look at the real one, and what can be wrong about it. */
function plainCache(flaw?: Flaw): CreateCache {
  return ({ ttlMs, maxEntries, now = Date.now }) => {
    let entries: Entry[] = [];
    const keyOf = (payload: unknown): string =>
      flaw === "makes its keys of JSON" ? JSON.stringify(payload) : rightKey(payload);
    const copied = (value: unknown): unknown =>
      flaw === "hands out what it holds" ? value : structuredClone(value);
    const drop = (which: (entry: Entry) => boolean): void => {
      entries = entries.filter((entry) => !which(entry));
    };
    const held = (): Entry[] => entries.filter((entry) => entry.held);

    const store = (entry: Entry, value: unknown): void => {
      const isLost = !entries.includes(entry);
      if (
        (isLost || entry.isStale) &&
        flaw !== "remembers what was invalidated while it was being read"
      ) {
        return drop((each) => each === entry);
      }
      drop(
        (each) =>
          each === entry ||
          (isLost &&
            each.payload === entry.payload &&
            each.type === entry.type &&
            each.actor === entry.actor),
      );
      entry.held = {
        value: flaw === "holds what the handler keeps" ? value : structuredClone(value),
      };
      if (flaw === "counts the time from the end of the run") entry.startedMs = now();
      if (flaw === "takes no result for no entry" && value === undefined) return;
      entries.push(entry);
      const most =
        maxEntries + (flaw === "holds one too many" ? 1 : flaw === "holds one too few" ? -1 : 0);
      if (held().length <= most) return;
      const oldest = flaw === "forgets what was used last" ? held().at(-2) : held()[0];
      drop((each) => each === oldest);
    };

    const begin = (
      message: Message,
      actor: unknown,
      run: (signal: AbortSignal) => unknown,
    ): Entry => {
      const controller = new AbortController();
      const promise = (async () => {
        await Promise.resolve();
        return run(controller.signal);
      })();
      const entry: Entry = {
        type: message.type,
        payload: keyOf(message.payload),
        actor,
        startedMs: now(),
        controller,
        callers: new Set(),
        isStale: false,
        promise: promise.then(
          (value) => {
            store(entry, value);
            return structuredClone(value);
          },
          (error: unknown) => {
            if (flaw === "remembers failures") store(entry, error);
            else drop((each) => each === entry);
            throw error;
          },
        ),
      };
      entries.push(entry);
      return entry;
    };

    const find = (type: string, payload: string, actor: unknown): Entry | undefined =>
      entries.find(
        (each) =>
          each.payload === payload &&
          (each.type === type || flaw === "shares results among types") &&
          (each.actor === actor || flaw === "shares results among actors") &&
          (!each.isStale || flaw === "joins a run that was invalidated") &&
          (each.held || flaw !== "runs equal queries as often as they come"),
      );

    const isOld = (entry: Entry): boolean => {
      if (flaw === "never grows old") return false;
      const lateMs = flaw === "grows old a millisecond late" ? 1 : 0;
      return now() >= entry.startedMs + ttlMs + lateMs;
    };

    const cache: CacheLike = Object.assign(
      ((message, next, context) => {
        const { actor } = context.metadata;
        let entry = find(message.type, keyOf(message.payload), actor);
        if (entry?.held && isOld(entry)) {
          drop((each) => each === entry);
          entry = undefined;
        }
        if (entry && flaw !== "forgets what was stored first") {
          const used = entry;
          drop((each) => each === used);
          entries.push(used);
        }
        if (entry?.held) return copied(entry.held.value);
        const deadlineAtMs =
          flaw === "hands down the deadline of the first" ? context.deadlineAtMs : undefined;
        const isFirst = !entry;
        const current =
          entry ??
          begin(message, actor, (signal) => next(message, { ...context, signal, deadlineAtMs }));
        const caller = {};
        current.callers.add(caller);
        const share =
          flaw === "hands the same object to all who wait" || flaw === "hands out what it holds"
            ? (value: unknown) => value
            : structuredClone;
        return new Promise((resolve, reject) => {
          current.promise.then((value) => resolve(share(value)), reject);
          context.signal?.addEventListener("abort", () => {
            if (current.held || flaw === "does not end the wait of who aborts") return;
            current.callers.delete(caller);
            const reason: unknown = context.signal?.reason;
            reject(new BusError("ABORTED", "gone", { cause: reason }));
            const isLast = current.callers.size === 0;
            if (isFirst && !isLast && flaw === "fails those who wait when the first one aborts") {
              drop((each) => each === current);
            }
            if (!isLast && !(isFirst && flaw === "aborts the run when the first one aborts"))
              return;
            if (flaw === "never aborts a run") return;
            if (flaw !== "joins a run that was aborted") drop((each) => each === current);
            current.controller.abort(reason);
          });
        });
      }) satisfies Middleware,
      {
        size: 0,
        invalidate(subject: QueryMessage | AnyQueryContract) {
          forget((entry) => {
            if (typeof subject === "function") {
              if (flaw === "invalidates nothing by contract") return false;
              return entry.type === subject.type || flaw === "invalidates all types by contract";
            }
            const isOne = entry.type === subject.type && entry.payload === keyOf(subject.payload);
            if (flaw === "invalidates all of a type for one message")
              return entry.type === subject.type;
            return isOne && (flaw !== "invalidates for one actor alone" || entry.actor === "ada");
          });
        },
        clear() {
          forget(
            (entry) => flaw !== "clears all but what is being read" || entry.held !== undefined,
          );
        },
      },
    );
    return Object.defineProperty(cache, "size", {
      get: () => (flaw === "counts what is being read" ? entries.length : held().length),
    });

    function forget(which: (entry: Entry) => boolean): void {
      for (const entry of entries) if (which(entry)) entry.isStale = true;
      if (flaw !== "joins a run that was invalidated") drop(which);
      else drop((entry) => which(entry) && entry.held !== undefined);
    }
  };
}

export const rightCache: CreateCache = plainCache();

export const wrongCaches: Readonly<Record<string, CreateCache>> = Object.fromEntries(
  FLAWS.map((flaw) => [flaw, plainCache(flaw)]),
);
