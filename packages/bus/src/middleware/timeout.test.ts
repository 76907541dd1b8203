import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { verdict } from "../../test/disagreement.ts";
import { rightTimeout, wrongTimeouts } from "../../test/planted-timeouts.ts";
import type { CreateTimeout } from "../../test/timeout-model.ts";
import { endsLikeTheModel } from "../../test/timeout-model.ts";
import { CommandBus } from "../command-bus.ts";
import { command } from "../contract.ts";
import { type } from "../standard-schema.ts";
import { retry } from "./retry.ts";
import { timeout } from "./timeout.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

const Do = command("Do", { result: type<string>() });
const never = (): Promise<string> => new Promise(() => {});

afterEach(() => {
  vi.useRealTimers();
});

describe("timeout", () => {
  it("ends like the model, for any limits, aborts and handlers", async () => {
    await fc.assert(endsLikeTheModel(timeout), { numRuns: 500 });
  });

  it("hands back the handler's own promise where there is no limit", () => {
    const own = Promise.resolve("done");
    const bus = new CommandBus({ middleware: [timeout()] }).register(Do, () => own);
    expect(bus.dispatch(Do())).toBe(own);
  });

  it("says what was late, and by how much", async () => {
    vi.useFakeTimers({ now: 1_000 });
    const bus = new CommandBus({ middleware: [timeout({ ms: 50 })] }).register(Do, never);
    const answer = bus.dispatch(Do()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    expect(await answer).toMatchObject({
      name: "BusError",
      code: "DEADLINE_EXCEEDED",
      message: "Do was not finished by its deadline.",
      details: { deadlineAtMs: 1_050, lateMs: 0 },
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for longer than a timer can count", async () => {
    vi.useFakeTimers({ now: 0 });
    const days30 = 30 * 24 * 3_600_000;
    const heard = vi.fn();
    const bus = new CommandBus({ middleware: [timeout({ ms: days30 })] }).register(Do, never);
    bus.dispatch(Do()).catch(heard);
    await vi.advanceTimersByTimeAsync(days30 - 1);
    expect(heard).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("drops what the handler throws later", async () => {
    vi.useFakeTimers();
    const bus = new CommandBus({ middleware: [timeout({ ms: 10 })] }).register(Do, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("too late"); // unhandled, it would end the run of the tests
    });
    const answer = bus.dispatch(Do()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(30);
    expect(await answer).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("ends all tries of a retry below it", async () => {
    vi.useFakeTimers();
    const handler = vi.fn(() => Promise.reject(new Error("down")));
    const middleware = [timeout({ ms: 1_000 }), retry({ times: 99, delayMs: () => 300 })];
    const bus = new CommandBus({ middleware }).register(Do, handler);
    const answer = bus.dispatch(Do()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toEqual(new Error("down")); // the next try would begin too late
    expect(handler).toHaveBeenCalledTimes(4);
  });

  it.each([0, -1, NaN])("refuses to be built with %s ms", (ms) => {
    expect(() => timeout({ ms })).toThrow(
      new RangeError(`Expected timeout({ ms }) to be > 0, got ${ms}.`),
    );
  });
});

describe("the law of the timeout", () => {
  const seeds = [4, 55, 666];
  const verdicts = (create: CreateTimeout): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(endsLikeTheModel(create), { seed, numRuns: 300 })));

  it.each(Object.entries({ timeout, "the plain timeout": rightTimeout }))(
    "lets a right one pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongTimeouts))("kills one that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});
