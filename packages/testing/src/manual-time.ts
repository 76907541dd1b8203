import type { Clock, Scheduler } from "@counterpoint/events";
import { nextTurn } from "./node.ts";

/** A clock and a scheduler whose time stands still until a test moves it. */
export interface ManualTime extends Clock, Scheduler {
  /** How many tasks are scheduled and have neither run nor been cancelled. */
  readonly pending: number;

  /**
   * Moves time forward. Tasks that fall due run in the order of their times, each at its own time, and what they set off
   * settles before the next one; tasks that they schedule run too when they are due.
   *
   * @param ms - Milliseconds ≥ 0.
   */
  advance(ms: number): Promise<void>;

  /** Lets everything run that needs no time. */
  settle(): Promise<void>;

  /**
   * Moves time forward in small steps until the promise settles: for what waits for real input and output in between.
   *
   * @returns What the promise resolves to; rejects with what it rejects with.
   * @throws {Error} When it has not settled after 30 seconds of real time.
   */
  drive<T>(promise: Promise<T>): Promise<T>;

  /**
   * Moves time forward in small steps until the condition holds.
   *
   * @throws {Error} When it does not hold after 30 seconds of real time.
   */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
}

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

const STEP_MS = 10;
const PATIENCE_MS = 30_000;

/**
 * Makes a clock and a scheduler in one, so that a test owns time.
 *
 * @param startMs - Epoch milliseconds at which time stands at first. Default 2025-01-01T00:00Z.
 * @example
 * const time = manualTime();
 * const projector = createProjector(store, { projections, clock: time, scheduler: time });
 * await time.advance(250);
 */
export function manualTime(startMs: number = Date.UTC(2025, 0, 1)): ManualTime {
  let nowMs = startMs;
  const tasks = new Set<Task>();

  return {
    now: () => nowMs,
    get pending() {
      return tasks.size;
    },
    after(delayMs, run) {
      const task = { atMs: nowMs + Math.max(0, delayMs), run };
      tasks.add(task);
      return { [Symbol.dispose]: () => void tasks.delete(task) };
    },
    advance,
    settle: () => nextTurn(),
    async drive(promise) {
      let settled = false;
      const note = (): void => void (settled = true);
      promise.then(note, note);
      await until(() => settled);
      return promise;
    },
    until,
  };

  async function advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`Expected milliseconds ≥ 0, got ${ms}.`);
    const endMs = nowMs + ms;
    await nextTurn();
    for (let task = next(endMs); task; task = next(endMs)) {
      tasks.delete(task);
      nowMs = Math.max(nowMs, task.atMs);
      task.run();
      await nextTurn();
    }
    nowMs = Math.max(nowMs, endMs);
  }

  function next(endMs: number): Task | undefined {
    let earliest: Task | undefined;
    for (const task of tasks) {
      if (task.atMs <= endMs && (!earliest || task.atMs < earliest.atMs)) earliest = task;
    }
    return earliest;
  }

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const beganMs = performance.now(); // a guard against waiting for ever; nothing else depends on it
    await nextTurn();
    while (!(await condition())) {
      if (performance.now() - beganMs > PATIENCE_MS) {
        throw new Error(`Gave up after ${PATIENCE_MS} ms of real time.`);
      }
      await advance(STEP_MS);
    }
  }
}
