import type { Clock, Scheduler } from "@counterpoint/events";
import { nextTurn } from "./node.ts";
import { createTurns } from "./turns.ts";

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
   * Moves time forward until the promise settles, in small steps, or with {@link Outside} from task to task: for what waits
   * for real input and output in between.
   *
   * @returns What the promise resolves to; rejects with what it rejects with.
   * @throws {Error} When it has not settled after 60 seconds of real time.
   */
  drive<T>(promise: Promise<T>): Promise<T>;

  /**
   * Moves time forward, as `drive` does, until the condition holds.
   *
   * @throws {Error} When it does not hold after 60 seconds of real time.
   */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
}

/** What goes on in real time beside manual time: input and output, and clocks of others. */
export interface Outside {
  /** Whether something is under way that needs no manual time to come to its end: until then, time stands still. */
  readonly isBusy: boolean;
  /** Resolves when nothing is under way. */
  quiet(): Promise<void>;
  /** Hears that time has moved, before what falls due then is run. */
  passed(ms: number): Promise<void>;
}

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

const STEP_MS = 10;
const PATIENCE_MS = 60_000;

/**
 * Makes a clock and a scheduler in one, so that a test owns time.
 *
 * @param startMs - Epoch milliseconds at which time stands at first. Default 2025-01-01T00:00Z.
 * @param outside - What real things to keep in step with. Default: none.
 * @example
 * ```ts
 * import { manualTime } from "@counterpoint/testing";
 *
 * const time = manualTime();
 * const released: string[] = [];
 * time.after(250, () => released.push("seat 7"));
 * await time.advance(249);
 * released; // => []
 * await time.advance(1);
 * released; // => [ 'seat 7' ]
 * ```
 */
export function manualTime(startMs: number = Date.UTC(2025, 0, 1), outside?: Outside): ManualTime {
  let nowMs = startMs;
  const inTurn = createTurns(); // so that each task finds its own time, whoever moves it
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
    settle,
    async drive(promise) {
      let settled = false;
      const note = (): void => void (settled = true);
      promise.then(note, note);
      await until(() => settled);
      return promise;
    },
    until,
  };

  function advance(ms: number): Promise<void> {
    return inTurn(() => move(ms));
  }

  async function move(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`Expected milliseconds ≥ 0, got ${ms}.`);
    const endMs = nowMs + ms;
    await settle();
    for (let task = next(endMs); task; task = next(endMs)) {
      tasks.delete(task);
      await pass(task.atMs);
      task.run();
      await settle();
    }
    await pass(endMs);
  }

  async function settle(): Promise<void> {
    do {
      await outside?.quiet();
      await nextTurn();
    } while (outside?.isBusy);
  }

  async function pass(toMs: number): Promise<void> {
    const ms = toMs - nowMs;
    if (ms <= 0) return;
    nowMs = toMs;
    await outside?.passed(ms);
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
    await settle();
    while (!(await condition())) {
      if (performance.now() - beganMs > PATIENCE_MS) {
        throw new Error(`Gave up after ${PATIENCE_MS} ms of real time.`);
      }
      const task = outside && next(Infinity);
      await advance(task ? Math.max(0, task.atMs - nowMs) : STEP_MS);
    }
  }
}
