import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock, systemScheduler } from "./time.ts";

describe("system time", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
  afterEach(() => void vi.useRealTimers());

  it("reads the platform's clock", () => {
    expect(systemClock.now()).toBe(1_000);
    vi.advanceTimersByTime(5);
    expect(systemClock.now()).toBe(1_005);
  });

  it("runs a task once, when its time has come", () => {
    let runs = 0;
    systemScheduler.after(100, () => runs++);
    vi.advanceTimersByTime(99);
    expect(runs).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(runs).toBe(1);
  });

  it("runs no task that was disposed of", () => {
    let runs = 0;
    systemScheduler.after(100, () => runs++)[Symbol.dispose]();
    vi.advanceTimersByTime(200);
    expect(runs).toBe(0);
  });

  it("waits at most as long as timers can, instead of not at all", () => {
    let runs = 0;
    systemScheduler.after(1e12, () => runs++);
    vi.advanceTimersByTime(1_000);
    expect(runs).toBe(0);
  });
});

describe("a process with nothing else to do", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    [undefined, false],
    [{ keepAlive: false }, false],
    [{ keepAlive: true }, true],
  ])("stays for a task with %j: %s", (options, stays) => {
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    using _task = systemScheduler.after(60_000, () => undefined, options);
    const timer = setTimer.mock.results[0]?.value as unknown as { hasRef(): boolean }; // Node's
    expect(timer.hasRef()).toBe(stays);
  });
});
