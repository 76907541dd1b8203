/** Tells the time. Injected wherever time matters, so that tests own it. */
export interface Clock {
  /** @returns Epoch milliseconds. */
  now(): number;
}

/** Runs something later. Injected wherever waiting happens, so that tests own it. */
export interface Scheduler {
  /**
   * @param delayMs - Milliseconds ≥ 0.
   * @param options - Whether a process that has nothing else to do stays for it. Default: it does not.
   * @returns Disposing before the time has come cancels the task.
   */
  after(delayMs: number, task: () => void, options?: { readonly keepAlive?: boolean }): Disposable;
}

/** Reads the platform's clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Uses the platform's timers. A pending task keeps a Node process alive only when it is asked to. */
export const systemScheduler: Scheduler = {
  after(delayMs, task, { keepAlive = false } = {}) {
    const timer: unknown = setTimeout(task, Math.min(delayMs, LONGEST_TIMER_MS));
    if (!keepAlive && hasUnref(timer)) timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer as number) }; // whatever setTimeout returned, clearTimeout takes
  },
};

const LONGEST_TIMER_MS = 2 ** 31 - 1;

function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === "object" && timer !== null && "unref" in timer;
}
