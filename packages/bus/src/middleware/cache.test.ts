import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { CreateCache } from "../../test/cache-model.ts";
import { remembersLikeTheModel } from "../../test/cache-model.ts";
import { verdict } from "../../test/disagreement.ts";
import { rightCache, wrongCaches } from "../../test/planted-caches.ts";
import { watchedSignal } from "../../test/watched-signal.ts";
import { CommandBus } from "../command-bus.ts";
import { command, event, query } from "../contract.ts";
import { EventBus } from "../event-bus.ts";
import { QueryBus } from "../query-bus.ts";
import { type } from "../standard-schema.ts";
import type { CacheOptions } from "./cache.ts";
import { cache } from "./cache.ts";
import { timeout } from "./timeout.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const limits = { ttlMs: 1_000, maxEntries: 100 };
const GetUser = query("GetUser", {
  payload: type<{ userId: string }>(),
  result: type<{ name: string }>(),
});

describe("cache", () => {
  it("remembers like the model, for any sequence of questions, answers, aborts and invalidations", async () => {
    await fc.assert(remembersLikeTheModel(cache), { numRuns: 500 });
  });

  it("is invalidated by events", async () => {
    const UserRenamed = event("UserRenamed", { payload: type<{ userId: string }>() });
    const names = new Map([
      ["1", "Ada"],
      ["2", "Bob"],
    ]);
    const read = vi.fn(({ userId }: { userId: string }) => ({ name: names.get(userId)! })); // both are there
    const cached = cache(limits);
    const queries = new QueryBus({ middleware: [cached] }).register(GetUser, read);
    const events = new EventBus();
    events.subscribe(UserRenamed, ({ userId }) => cached.invalidate(GetUser({ userId })));
    const both = () =>
      Promise.all(["1", "2"].map((userId) => queries.dispatch(GetUser({ userId }))));

    expect(await both()).toEqual([{ name: "Ada" }, { name: "Bob" }]);
    names.set("1", "Ada Lovelace");
    expect(await both()).toEqual([{ name: "Ada" }, { name: "Bob" }]);
    await events.publish(UserRenamed({ userId: "1" }));
    expect(await both()).toEqual([{ name: "Ada Lovelace" }, { name: "Bob" }]);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("lets commands and events pass", async () => {
    const Do = command("Do", { result: type<number>() });
    const Happened = event("Happened");
    const handler = vi.fn(() => 1);
    const middleware = [cache(limits)];
    const commands = new CommandBus({ middleware }).register(Do, handler);
    const events = new EventBus({ middleware });
    events.subscribe(Happened, () => void handler());
    for (let time = 0; time < 2; time++) {
      await commands.dispatch(Do());
      await events.publish(Happened());
    }
    expect(handler).toHaveBeenCalledTimes(4);
  });

  it("keeps actors apart, unless it is told that they may share", async () => {
    for (const [options, runs] of [
      [limits, 2],
      [{ ...limits, scopeOf: () => "everybody" }, 1],
    ] as const) {
      const handler = vi.fn(() => ({ name: "Ada" }));
      const queries = new QueryBus({ middleware: [cache(options)] }).register(GetUser, handler);
      for (const actor of ["ada", "bob", "ada"]) {
        await queries.dispatch(GetUser({ userId: "1" }), { metadata: { actor } });
      }
      expect(handler).toHaveBeenCalledTimes(runs);
    }
  });

  it("makes keys as it is told, for questions and for invalidations", async () => {
    const handler = vi.fn(() => ({ name: "Ada" }));
    const keyOf: CacheOptions["keyOf"] = ({ payload }) =>
      (payload as { userId: string }).userId.toLowerCase();
    const cached = cache({ ...limits, keyOf });
    const queries = new QueryBus({ middleware: [cached] }).register(GetUser, handler);
    await queries.dispatch(GetUser({ userId: "A" }));
    await queries.dispatch(GetUser({ userId: "a" }));
    expect([handler.mock.calls.length, cached.size]).toEqual([1, 1]);
    cached.invalidate(GetUser({ userId: "A" }));
    expect(cached.size).toBe(0);
  });

  it("copies as it is told", async () => {
    const shared = Object.freeze({ name: "Ada" });
    const cached = cache({ ...limits, copy: (result) => result });
    const queries = new QueryBus({ middleware: [cached] }).register(GetUser, () => shared);
    for (let time = 0; time < 2; time++) {
      expect(await queries.dispatch(GetUser({ userId: "1" }))).toBe(shared);
    }
  });

  it("fails, and remembers nothing, when a result cannot be copied", async () => {
    const cached = cache(limits);
    const queries = new QueryBus({ middleware: [cached] });
    const open = queries.register(GetUser, () => ({ name: "Ada", greet: () => "hi" }));
    await expect(open.dispatch(GetUser({ userId: "1" }))).rejects.toMatchObject({
      name: "DataCloneError",
    });
    expect(cached.size).toBe(0);
  });

  it("refuses a payload that no key can be made of", async () => {
    const queries = new QueryBus({ middleware: [cache(limits)] });
    const open = queries.register(GetUser, () => ({ name: "Ada" }));
    const answer = open.dispatch(GetUser({ userId: (() => {}) as never }));
    await expect(answer).rejects.toThrow(TypeError);
  });

  it("lets a question pass that is too deep to make a key of", async () => {
    const deep = nested(200_000) as { userId: string };
    const cached = cache(limits);
    const handler = vi.fn(() => ({ name: "Ada" }));
    const queries = new QueryBus({ middleware: [cached] }).register(GetUser, handler);
    for (let time = 1; time <= 2; time++) {
      expect(await queries.dispatch(GetUser(deep))).toEqual({ name: "Ada" });
      expect(handler).toHaveBeenCalledTimes(time);
    }
    expect(cached.size).toBe(0);
    expect(() => cached.invalidate(GetUser(deep))).not.toThrow();
  });

  it("lets a question pass whose scope is too deep to make a key of", async () => {
    const handler = vi.fn(() => ({ name: "Ada" }));
    const cached = cache({ ...limits, scopeOf: () => nested(200_000) });
    const queries = new QueryBus({ middleware: [cached] }).register(GetUser, handler);
    for (let time = 1; time <= 2; time++) {
      await queries.dispatch(GetUser({ userId: "1" }));
      expect(handler).toHaveBeenCalledTimes(time);
    }
  });

  it("passes on what a keyOf throws, also when it is out of range", async () => {
    const refusal = new RangeError("no");
    const keyOf = (): string => {
      throw refusal;
    };
    const queries = new QueryBus({ middleware: [cache({ ...limits, keyOf })] });
    const answer = queries
      .register(GetUser, () => ({ name: "Ada" }))
      .dispatch(GetUser({ userId: "1" }));
    await expect(answer).rejects.toBe(refusal);
  });

  it("lets one caller's deadline pass without a harm to the others", async () => {
    vi.useFakeTimers();
    let answer: (user: { name: string }) => void = () => {};
    const handler = vi.fn(() => new Promise<{ name: string }>((resolve) => (answer = resolve)));
    const middleware = [timeout(), cache(limits)];
    const queries = new QueryBus({ middleware }).register(GetUser, handler);
    const message = GetUser({ userId: "1" });
    const outcomes = Promise.allSettled([
      queries.dispatch(message, { deadlineAtMs: Date.now() + 5 }),
      queries.dispatch(message, { deadlineAtMs: Date.now() + 50 }),
    ]);
    await vi.advanceTimersByTimeAsync(10);
    answer({ name: "Ada" });
    expect(await outcomes).toMatchObject([
      { reason: { code: "DEADLINE_EXCEEDED" } },
      { value: { name: "Ada" } },
    ]);
    expect(handler).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it("keeps a result whose only caller aborts on getting it, and lets go of the signal", async () => {
    const watched = watchedSignal();
    const cached = cache(limits);
    const queries = new QueryBus({ middleware: [cached] });
    const open = queries.register(GetUser, () => ({ name: "Ada" }));
    await open.dispatch(GetUser({ userId: "1" }), watched).then(() => watched.abort("done"));
    expect(cached.size).toBe(1);

    const other = watchedSignal();
    await open.dispatch(GetUser({ userId: "2" }), other);
    await vi.waitUntil(() => other.listeners === 0);
  });

  it("keeps nothing of what it has forgotten", async () => {
    const maps: Map<unknown, unknown>[] = [];
    class WatchedMap extends Map<unknown, unknown> {
      constructor() {
        super();
        maps.push(this);
      }
    }
    vi.stubGlobal("Map", WatchedMap);
    const cached = cache({ ttlMs: 1_000, maxEntries: 3 });
    vi.unstubAllGlobals();
    const queries = new QueryBus({ middleware: [cached] });
    const open = queries.register(GetUser, ({ userId }) => {
      if (Number(userId) % 3 === 0) throw new Error("down");
      return { name: "Ada" };
    });
    for (let id = 0; id < 50; id++) {
      await open.dispatch(GetUser({ userId: String(id) })).catch(() => {});
    }
    expect(maps.map(({ size }) => size)).toEqual([3, 3 + 1]); // of one type
    cached.clear();
    expect(maps.map(({ size }) => size)).toEqual([0, 0]);
  });

  it("does not begin for a caller who has gone already", async () => {
    const next = vi.fn();
    const signal = AbortSignal.abort("gone");
    const context = { contract: GetUser, metadata: {}, signal, deadlineAtMs: undefined };
    const answer = (async () => cache(limits)(GetUser({ userId: "1" }), next, context))();
    await expect(answer).rejects.toMatchObject({ code: "ABORTED", cause: "gone" });
    expect(next).not.toHaveBeenCalled();
  });

  it.each<[Partial<CacheOptions>, string]>([
    [{ ttlMs: 0 }, "Expected cache({ ttlMs }) to be > 0, got 0."],
    [{ ttlMs: NaN }, "Expected cache({ ttlMs }) to be > 0, got NaN."],
    [{ maxEntries: 0 }, "Expected cache({ maxEntries }) to be an integer ≥ 1, got 0."],
    [
      { maxEntries: Infinity },
      "Expected cache({ maxEntries }) to be an integer ≥ 1, got Infinity.",
    ],
  ])("refuses to be built with %o", (options, message) => {
    expect(() => cache({ ...limits, ...options })).toThrow(new RangeError(message));
  });
});

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

describe("the law of the cache", () => {
  const seeds = [8, 99, 1010];
  const verdicts = (create: CreateCache): Promise<string[]> =>
    Promise.all(
      seeds.map((seed) => verdict(remembersLikeTheModel(create), { seed, numRuns: 500 })),
    );

  it.each(Object.entries({ cache, "the plain cache": rightCache }))(
    "lets a right one pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongCaches))("kills one that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});
