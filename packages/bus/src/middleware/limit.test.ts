import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { verdict } from "../../test/disagreement.ts";
import type { CreateLimit } from "../../test/limit-model.ts";
import { limitsLikeTheModel } from "../../test/limit-model.ts";
import { rightLimit, wrongLimits } from "../../test/planted-limits.ts";
import { virtualTime } from "../../test/virtual-time.ts";
import { watchedSignal } from "../../test/watched-signal.ts";
import { CommandBus } from "../command-bus.ts";
import { command } from "../contract.ts";
import { type } from "../standard-schema.ts";
import type { LimitOptions } from "./limit.ts";
import { limit } from "./limit.ts";
import { timeout } from "./timeout.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const Do = command("Do", { payload: type<number>(), result: type<unknown>() });

describe("limit", () => {
  it("limits like the model, for any order of arrivals, ends and aborts", async () => {
    await fc.assert(limitsLikeTheModel(limit), { numRuns: 500 });
  });

  it("tells who finds no place when to come again, and who is in the way", async () => {
    const bus = new CommandBus({ middleware: [limit({ concurrency: 1 })] });
    bus.register(Do, () => new Promise(() => {}));
    const open = bus.register(command("Other"), () => {});
    void open.dispatch({ type: "Do" } as never);
    await expect(open.dispatch({ type: "Other" } as never)).rejects.toMatchObject({
      name: "BusError",
      code: "OVERLOADED",
      message: "Other found no place: too much is under way.",
      details: { type: "Other", retryAfterMs: 1_000, running: 1, queued: 0 },
    });
  });

  it("lets a flood in without recursion, whatever handlers do at once", async () => {
    const flood = 20_000;
    let open: (value?: unknown) => void = () => {};
    const gate = new Promise((resolve) => (open = resolve));
    const handler = vi.fn((n: number) => {
      if (n === 0) return gate;
      if (n > flood / 2) throw new Error("at once");
      return n;
    });
    const limited = limit({ concurrency: 1, queue: flood });
    const bus = new CommandBus({ middleware: [limited] }).register(Do, handler);
    const answers = Array.from({ length: flood }, (_, n) => bus.dispatch(Do(n)));
    expect([limited.running, limited.queued]).toEqual([1, flood - 1]);
    open("open");
    const outcomes = await Promise.allSettled(answers);
    expect(handler).toHaveBeenCalledTimes(flood);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(flood / 2 - 1);
    expect([limited.running, limited.queued]).toEqual([0, 0]);
  });

  it("gives up who waits when a timeout outside of it says so, and keeps the place of who is in", async () => {
    const time = virtualTime();
    const limited = limit({ concurrency: 1, queue: 1, now: time.now });
    const middleware = [timeout({ ms: 5, now: time.now, after: time.after }), limited];
    const handler = vi.fn(() => new Promise(() => {}));
    const bus = new CommandBus({ middleware, now: time.now }).register(Do, handler);
    const answers = Promise.allSettled([bus.dispatch(Do(1)), bus.dispatch(Do(2))]);
    await time.advance(5);
    expect(await answers).toMatchObject([
      { reason: { code: "DEADLINE_EXCEEDED" } },
      { reason: { code: "DEADLINE_EXCEEDED" } },
    ]);
    expect([handler.mock.calls.length, limited.running, limited.queued]).toEqual([1, 1, 0]);
  });

  it("lets go of the signal of who gets in after waiting", async () => {
    const watched = watchedSignal();
    let finish: (value?: unknown) => void = () => {};
    const handler = vi.fn(() => new Promise((resolve) => (finish = resolve)));
    const middleware = [limit({ concurrency: 1, queue: 1 })];
    const bus = new CommandBus({ middleware }).register(Do, handler);
    const first = bus.dispatch(Do(1));
    void bus.dispatch(Do(2), watched);
    expect(watched.listeners).toBe(1);
    finish();
    await first;
    await vi.waitUntil(() => handler.mock.calls.length === 2);
    expect(watched.listeners).toBe(0);
  });

  it.each<[LimitOptions, string]>([
    [{ concurrency: 0 }, "Expected limit({ concurrency }) to be an integer ≥ 1, got 0."],
    [{ concurrency: 1.5 }, "Expected limit({ concurrency }) to be an integer ≥ 1, got 1.5."],
    [{ concurrency: 1, queue: -1 }, "Expected limit({ queue }) to be an integer ≥ 0, got -1."],
    [
      { concurrency: 1, queue: Infinity },
      "Expected limit({ queue }) to be an integer ≥ 0, got Infinity.",
    ],
    [{ concurrency: 1, retryAfterMs: NaN }, "Expected limit({ retryAfterMs }) to be ≥ 0, got NaN."],
  ])("refuses to be built with %o", (options, message) => {
    expect(() => limit(options)).toThrow(new RangeError(message));
  });
});

describe("the law of the limit", () => {
  const seeds = [6, 77, 888];
  const verdicts = (create: CreateLimit): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(limitsLikeTheModel(create), { seed, numRuns: 300 })));

  it.each(Object.entries({ limit, "the plain limit": rightLimit }))(
    "lets a right one pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongLimits))("kills one that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});
