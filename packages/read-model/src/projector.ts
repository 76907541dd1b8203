import type { Clock, ConsistencyToken, EventLog, Scheduler } from "@counterpoint/events";
import { assertInteger, decodeToken, systemClock, systemScheduler } from "@counterpoint/events";
import type { Lag } from "./projection-errors.ts";
import type { ProjectionState } from "./projection-run.ts";
import { ProjectionRun } from "./projection-run.ts";
import type { ProjectionStore } from "./projection-store.ts";
import type { Projection } from "./projection.ts";
import { ReadModelError } from "./read-model-error.ts";
import type { WaitOptions } from "./waiters.ts";

export interface ProjectorOptions {
  /** What to keep up to date; each name once. */
  readonly projections: readonly Projection[];
  /** How many events to apply in one transaction at the most; integer ≥ 1. Default 500. */
  readonly batchSize?: number;
  /** How long to trust that a wake-up would have come; milliseconds ≥ 1. Default 250. */
  readonly pollIntervalMs?: number;
  /** How old an event must be before it is applied, to make lag visible; milliseconds ≥ 0. Default 0. */
  readonly delayMs?: number;
  /** How many readers may wait per projection; integer ≥ 1. Default 1,000. */
  readonly maxWaiters?: number;
  /** Milliseconds before the next try when the store has failed `attempt` times in a row. Default: doubles from 100, at most 5,000. */
  readonly retryDelayMs?: (attempt: number) => number;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
}

/** Says how one projection is doing. */
export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly state: ProjectionState;
  /** The checkpoint. */
  readonly position: number;
  readonly lag: Lag;
  /** Why it stopped or is retrying. */
  readonly error?: string;
}

export interface ProjectorStatus {
  /** The highest position that readers may see. */
  readonly head: number;
  readonly delayMs: number;
  readonly projections: readonly ProjectionStatus[];
}

export interface WaitForOptions extends WaitOptions {
  /** Waits for this projection alone. Default: all of them. */
  readonly projection?: string;
}

/**
 * Follows the log and keeps eventually consistent read models up to date.
 *
 * Documents and checkpoint are stored together, so each event takes effect exactly once, whatever crashes when. An event
 * that a projection cannot apply stops that projection, visibly; the others go on. A store that fails is tried again.
 */
export interface Projector extends AsyncDisposable {
  /** Begins to follow. Repeating it changes nothing. */
  start(): Promise<void>;
  /** Ends after the batches under way; those who wait are rejected with `NOT_RUNNING`. It can be started again. */
  stop(): Promise<void>;
  /** Holds one projection, or all, after the batch under way. */
  pause(name?: string): void;
  /** Lets one projection, or all, go on from the checkpoint; a stopped one tries the failed event again. */
  resume(name?: string): void;
  /** Changes `delayMs` while running. */
  setDelay(delayMs: number): void;
  /**
   * Waits until the read models are at least as fresh as the token. Never waits for the head of the log.
   *
   * @throws {ReadModelError} `STALE` with the lag when it takes too long; `PROJECTION_STOPPED`; `NOT_RUNNING`; `ABORTED`;
   *   `TOO_MANY_WAITERS`; `UNKNOWN_PROJECTION`.
   * @throws {EventStoreError} `INVALID_TOKEN`.
   */
  waitFor(token: ConsistencyToken, options?: WaitForOptions): Promise<void>;
  /** Reads how far everything is. Fails when the store does. */
  status(): Promise<ProjectorStatus>;
  /**
   * Empties a read model and replays the log into it, in place: readers see it grow. Survives a crash and goes on.
   *
   * @returns A promise that resolves when it is emptied and the replay has begun; watch `status` for the end.
   */
  rebuild(name: string): Promise<void>;
  /** Calls the listener after each applied batch and each change of state. It must not throw. */
  onChange(listener: () => void): Disposable;
}

/**
 * Makes a projector over any store.
 *
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When two projections have the same name.
 * @example
 * await using projector = createProjector(store, { projections: [userDirectory.as("users_eventual")] });
 * await projector.start();
 * await projector.waitFor(token, { timeoutMs: 500 });
 */
export function createProjector(
  store: ProjectionStore & EventLog,
  options: ProjectorOptions,
): Projector {
  const { projections, batchSize = 500, pollIntervalMs = 250, maxWaiters = 1_000 } = options;
  const {
    retryDelayMs = defaultRetryDelayMs,
    clock = systemClock,
    scheduler = systemScheduler,
  } = options;
  assertInteger("batchSize", batchSize, 1);
  assertInteger("pollIntervalMs", pollIntervalMs, 1);
  assertInteger("maxWaiters", maxWaiters, 1);
  let delayMs = 0;
  setDelay(options.delayMs ?? 0);

  const listeners = new Set<{ readonly listener: () => void }>();
  const changed = (): void => listeners.forEach(({ listener }) => listener());
  const around = {
    store,
    clock,
    scheduler,
    batchSize,
    pollIntervalMs,
    maxWaiters,
    retryDelayMs,
    changed,
  };
  const runs = new Map<string, ProjectionRun>();
  for (const projection of projections) {
    if (runs.has(projection.name)) {
      throw new TypeError(
        `Two projections are named ${projection.name}; give one another name with as(…).`,
      );
    }
    runs.set(projection.name, new ProjectionRun(projection, { ...around, delayMs: () => delayMs }));
  }
  let hint: Disposable | undefined;
  let lastTurn: Promise<void> = Promise.resolve();

  return {
    start: () => inTurn(start),
    stop: () => inTurn(stop),
    pause: (name) => each((run) => run.pause(), name),
    resume: (name) => each((run) => run.resume(), name),
    setDelay(ms) {
      setDelay(ms);
      each((run) => run.wake());
      changed();
    },
    async waitFor(token, { projection, ...wait } = {}) {
      const position = decodeToken(token);
      assertInteger("timeoutMs", wait.timeoutMs ?? 0, 0);
      await Promise.all(chosen(projection).map((run) => run.waitFor(position, wait)));
    },
    async status() {
      const statuses = await Promise.all([...runs.values()].map(statusOf));
      const head = statuses.reduce((highest, status) => Math.max(highest, status.head), 0);
      return { head, delayMs, projections: statuses.map(({ head: _, ...status }) => status) };
    },
    rebuild: async (name) => find(name).rebuild(),
    onChange(listener) {
      const entry = { listener }; // one per call, so that a listener may be given twice
      listeners.add(entry);
      return { [Symbol.dispose]: () => void listeners.delete(entry) };
    },
    [Symbol.asyncDispose]: () => inTurn(stop),
  };

  /** Starting and stopping take turns: two at once would leave a loop behind that nobody can end. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    const turn = lastTurn.then(act);
    lastTurn = turn.catch(() => {}); // whoever asked for it hears of it
    return turn;
  }

  async function start(): Promise<void> {
    hint ??= store.onAppend(() => each((run) => run.wake()));
    await Promise.all([...runs.values()].map((run) => run.start()));
  }

  async function stop(): Promise<void> {
    hint?.[Symbol.dispose]();
    hint = undefined;
    await Promise.all([...runs.values()].map((run) => run.stop()));
  }

  function setDelay(ms: number): void {
    assertInteger("delayMs", ms, 0);
    delayMs = ms;
  }

  function each(act: (run: ProjectionRun) => void, name?: string): void {
    chosen(name).forEach(act);
  }

  function chosen(name: string | undefined): readonly ProjectionRun[] {
    return name === undefined ? [...runs.values()] : [find(name)];
  }

  function find(name: string): ProjectionRun {
    const run = runs.get(name);
    if (run) return run;
    throw new ReadModelError(
      "UNKNOWN_PROJECTION",
      `This projector has no projection ${name}; it has ${[...runs.keys()].join(", ") || "none"}.`,
    );
  }
}

async function statusOf(run: ProjectionRun): Promise<ProjectionStatus & { readonly head: number }> {
  const { head, events, ms } = await run.lag();
  const { name, version } = run.projection;
  const { state, position, error } = run;
  const status = { head, name, version, state, position, lag: { events, ms } };
  if (error === undefined) return status;
  return { ...status, error: error instanceof Error ? error.message : String(error) };
}

function defaultRetryDelayMs(attempt: number): number {
  return Math.min(100 * 2 ** (attempt - 1), 5_000);
}
