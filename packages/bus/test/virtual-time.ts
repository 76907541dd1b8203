/** A clock and timers that stand still until a test moves them. */
export interface VirtualTime {
  now(): number;
  after(ms: number, task: () => void): Disposable;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Timers that are set. */
  readonly pending: number;
  /** Moves time forward by a millisecond at a time; what that sets off settles in between. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  readonly task: () => void;
}

/** @param earlyMs - By how much the first timer fires too early, as timers of the platform may. */
export function virtualTime({ earlyMs = 0 }: { readonly earlyMs?: number } = {}): VirtualTime {
  let nowMs = 1_000;
  let early = earlyMs;
  const timers = new Set<Timer>();
  const time: VirtualTime = {
    now: () => nowMs,
    after(ms, task) {
      const timer = { atMs: nowMs + Math.max(0, ms - early), task };
      early = 0;
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const timer = time.after(ms, resolve);
        signal?.addEventListener("abort", () => {
          timer[Symbol.dispose]();
          reject(signal.reason);
        });
      });
    },
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      for (let step = 0; step <= ms; step++) {
        if (step > 0) nowMs++;
        for (let due = next(); due; due = next()) {
          timers.delete(due);
          due.task();
          await settle();
        }
        await settle();
      }
    },
  };
  return time;

  function next(): Timer | undefined {
    const due = [...timers].filter(({ atMs }) => atMs <= nowMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }
}

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}
