/** Tells the time. Injected wherever time matters, so that tests own it. */
export interface Clock {
  /** @returns Epoch milliseconds. */
  now(): number;
}

/** Runs something later. Injected wherever waiting happens, so that tests own it. */
export interface Scheduler {
  /**
   * @param delayMs - Milliseconds ≥ 0.
   * @returns Disposing before the time has come cancels the task.
   */
  after(delayMs: number, task: () => void): Disposable;
}

/** Reads the platform's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Uses the platform's timers. A pending task does not keep a Node process alive. */
export const systemScheduler: Scheduler = {
  after(delayMs, task) {
    const timer: unknown = setTimeout(task, Math.min(delayMs, LONGEST_TIMER_MS));
    if (hasUnref(timer)) timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer as number) }; // whatever setTimeout returned, clearTimeout takes
  },
};

const LONGEST_TIMER_MS = 2 ** 31 - 1;

function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === "object" && timer !== null && "unref" in timer;
}
