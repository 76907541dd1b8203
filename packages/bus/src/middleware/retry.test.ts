import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BusError } from "../bus-error.ts";
import { CommandBus } from "../command-bus.ts";
import type { DispatchOptions } from "../context.ts";
import { command, event } from "../contract.ts";
import { EventBus } from "../event-bus.ts";
import { type } from "../standard-schema.ts";
import type { RetryOptions } from "./retry.ts";
import { backoffMs, retry } from "./retry.ts";

const Do = command("Do", { result: type<number>() });

/** Dispatches to a handler that fails with each error in turn and then answers with the number of its calls. */
function attempt(errors: readonly unknown[], retryOptions: RetryOptions, given?: DispatchOptions) {
  const slept: number[] = [];
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  const handler = vi.fn(() => {
    const call = handler.mock.calls.length;
    if (call <= errors.length) throw errors[call - 1];
    return call;
  });
  const bus = new CommandBus({ middleware: [retry({ sleep, ...retryOptions })], now: () => 0 });
  return { handler, slept, answer: bus.register(Do, handler).dispatch(Do(), given) };
}

const failures = (count: number): Error[] =>
  Array.from({ length: count }, (_, index) => new Error(`failure ${index + 1}`));

afterEach(() => {
  vi.useRealTimers();
});

describe("retry", () => {
  it("calls once for each failure and once more, or gives up with the last error unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 6 }), fc.nat({ max: 6 }), async (times, count) => {
        const errors = failures(count);
        const { handler, slept, answer } = attempt(errors, { times, delayMs: (n) => n * 10 });
        const outcome = await answer.catch((error: unknown) => error);
        const calls = Math.min(times, count) + 1;
        expect(handler).toHaveBeenCalledTimes(calls);
        expect(outcome).toBe(count <= times ? calls : errors[times]);
        expect(slept).toEqual(Array.from({ length: calls - 1 }, (_, index) => (index + 1) * 10));
      }),
    );
  });

  it("never calls again with times 0", async () => {
    const [error] = failures(1);
    const { handler, slept, answer } = attempt([error], { times: 0 });
    await expect(answer).rejects.toBe(error);
    expect([handler.mock.calls.length, slept]).toEqual([1, []]);
  });

  it("waits 100 ms, doubled after each failure, when nothing else is asked for", async () => {
    const { slept, answer } = attempt(failures(4), { times: 4 });
    await answer;
    expect(slept).toEqual([100, 200, 400, 800]);
  });

  it("does not sleep for a delay of 0", async () => {
    const { slept, answer } = attempt(failures(2), { times: 2, delayMs: () => 0 });
    await expect(answer).resolves.toBe(3);
    expect(slept).toEqual([]);
  });

  it("does not repeat what the bus refused, since it would be refused again", async () => {
    const refusal = new BusError("FORBIDDEN", "no");
    const { handler, answer } = attempt([refusal], { times: 3 });
    await expect(answer).rejects.toBe(refusal);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("asks `when` with the error and the number of failures so far", async () => {
    const errors = failures(3);
    const when = vi.fn((_: unknown, failed: number) => failed < 2);
    const { handler, answer } = attempt(errors, { times: 9, when });
    await expect(answer).rejects.toBe(errors[1]);
    expect(when.mock.calls).toEqual([
      [errors[0], 1],
      [errors[1], 2],
    ]);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it.each([-1, 1.5, NaN, Infinity, undefined])("refuses to be built with times %s", (times) => {
    expect(() => retry({ times: times as number })).toThrow(
      new RangeError(`Expected retry({ times }) to be an integer ≥ 0, got ${times}.`),
    );
  });
});

describe("retry and the signal", () => {
  it("ends the wait when the signal aborts, with the last failure as cause", async () => {
    vi.useFakeTimers();
    const [error] = failures(1);
    const controller = new AbortController();
    const handler = vi.fn(() => Promise.reject(error));
    const bus = new CommandBus({ middleware: [retry({ times: 3 })] }).register(Do, handler);
    const answer = bus.dispatch(Do(), { signal: controller.signal });
    const outcome = answer.catch((refusal: unknown) => refusal);
    await vi.advanceTimersByTimeAsync(99);
    controller.abort();
    expect(await outcome).toMatchObject({
      code: "ABORTED",
      message: "Do was aborted while it waited to be tried again.",
      cause: error,
    });
    expect([handler.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it("begins no further try after an abort that the sleep has missed", async () => {
    const controller = new AbortController();
    const sleep = async (): Promise<void> => controller.abort();
    const { handler, answer } = attempt(failures(1), { times: 3, sleep }, controller);
    await expect(answer).rejects.toMatchObject({ code: "ABORTED" });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("gives the failure itself when the handler failed after the abort", async () => {
    const controller = new AbortController();
    const [error] = failures(1);
    const handler = vi.fn(() => {
      controller.abort();
      throw error;
    });
    const bus = new CommandBus({ middleware: [retry({ times: 3 })] }).register(Do, handler);
    await expect(bus.dispatch(Do(), controller)).rejects.toBe(error);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("does not take a broken sleep for an abort", async () => {
    const broken = new Error("no timers here");
    const { answer } = attempt(failures(1), { times: 3, sleep: () => Promise.reject(broken) });
    await expect(answer).rejects.toBe(broken);
  });

  it("waits with the platform's timer and lets go of the signal afterwards", async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const handler = vi.fn().mockRejectedValueOnce(new Error("once")).mockResolvedValue(2);
    const bus = new CommandBus({ middleware: [retry({ times: 1 })] }).register(Do, handler);
    const answer = bus.dispatch(Do(), { signal });
    await vi.advanceTimersByTimeAsync(99);
    expect(handler).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe(2);
    expect(remove.mock.calls[0]?.slice(0, 2)).toEqual(add.mock.calls[0]?.slice(0, 2));
  });
});

describe("retry and the deadline", () => {
  it("gives up with the last error when the next try would begin too late", async () => {
    const errors = failures(3);
    let nowMs = 0;
    const sleep = async (ms: number): Promise<void> => void (nowMs += ms);
    const options = { times: 9, sleep, delayMs: () => 100, now: () => nowMs };
    const { handler, answer } = attempt(errors, options, { deadlineAtMs: 200 });
    await expect(answer).rejects.toBe(errors[2]);
    expect([handler.mock.calls.length, nowMs]).toEqual([3, 200]);
  });

  it("asks no clock without a deadline", async () => {
    const now = vi.fn(() => 0);
    await attempt(failures(2), { times: 2, now }).answer;
    expect(now).not.toHaveBeenCalled();
  });
});

describe("retry on an event bus", () => {
  it("repeats the subscriber that failed and no other", async () => {
    const Happened = event("Happened");
    const bus = new EventBus({ middleware: [retry({ times: 2, delayMs: () => 0 })] });
    const [steady, shaky] = [vi.fn(), vi.fn().mockRejectedValueOnce(new Error("once"))];
    bus.subscribe(Happened, steady);
    bus.subscribe(Happened, shaky);
    await bus.publish(Happened());
    expect([steady.mock.calls.length, shaky.mock.calls.length]).toEqual([1, 2]);
  });
});

describe("backoffMs", () => {
  it("doubles from 100 ms and stops at 30 s", () => {
    expect([1, 2, 3, 8, 9, 10, 2000].map(backoffMs)).toEqual([
      100, 200, 400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  it.each([0, -1, 1.5, NaN])("refuses attempt %s", (n) => {
    expect(() => backoffMs(n)).toThrow(
      new RangeError(`Expected attempt to be an integer ≥ 1, got ${n}.`),
    );
  });
});
