import type { Clock, ConsistencyToken, EventLog, Scheduler } from "@counterpoint/events";
import {
  Listeners,
  assertInteger,
  decodeToken,
  systemClock,
  systemScheduler,
} from "@counterpoint/events";
import type { SetAside } from "./dead-letters.ts";
import type { Follower } from "./follower.ts";
import type { FollowerRunOptions } from "./follower-run.ts";
import { FollowerRun } from "./follower-run.ts";
import type { FollowerStatus } from "./follower-status.ts";
import { statusOf } from "./follower-status.ts";
import type { HandledBatch, Stretch } from "./log-walk.ts";
import type { Beginning, ProgressStore } from "./progress-store.ts";
import { ReadModelError } from "./read-model-error.ts";
import type { WaitOptions } from "./waiters.ts";
import { waitForAll } from "./waiters.ts";

/** How one follower is run. */
export interface FollowerOptions {
  /** Into how many parts to divide the keys, so that several workers share the load; integer ≥ 1. Default 1. */
  readonly partitions?: number;
  /**
   * What to do with an event that fails for good: `"stop"` everything until somebody resumes or rebuilds (default),
   * `"park"` it and all later events of its key, or `"skip"` it alone.
   */
  readonly poison?: "stop" | SetAside;
  /** How often to try a failing event again before that; integer ≥ 0. Default 3. */
  readonly retries?: number;
}

/** What projectors and reactors have in common. */
export interface FollowingOptions {
  /** How many events to handle in one step at the most; integer ≥ 1. Default 500. */
  readonly batchSize?: number;
  /** How long to trust that a wake-up would have come; milliseconds ≥ 1. Default 250. */
  readonly pollIntervalMs?: number;
  /** How old an event must be before it is handled, to make lag visible; milliseconds ≥ 0. Default 0. */
  readonly delayMs?: number;
  /** How many readers may wait for each; integer ≥ 1. Default 1,000. */
  readonly maxWaiters?: number;
  /** Milliseconds before the next try after `attempt` failures in a row. Default: doubles from 100, at most 5,000. */
  readonly retryDelayMs?: (attempt: number) => number;
  /** Names this worker; unique among all processes. Default: a random UUID. */
  readonly owner?: string;
  /** How long a worker that has gone silent keeps its partitions; milliseconds ≥ 100. Default 3,000. */
  readonly leaseMs?: number;
  /** Hears of every step along the log: for metrics and traces. */
  readonly onBatch?: (batch: HandledBatch) => void;
  /**
   * Hears what `onBatch` and the listeners of `onChange` throw; following goes on. Default: it is thrown where nobody
   * can catch it, as with any other callback (in Node: `uncaughtException`).
   */
  readonly onListenerError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
}

/** Their names, for those who refuse all others. */
export const FOLLOWING_OPTIONS: Readonly<Record<keyof FollowingOptions, true>> = {
  ...{
    batchSize: true,
    pollIntervalMs: true,
    delayMs: true,
    maxWaiters: true,
    retryDelayMs: true,
    owner: true,
  },
  ...{ leaseMs: true, onBatch: true, onListenerError: true, clock: true, scheduler: true },
};

export interface WaitForOptions extends WaitOptions {
  /** Waits for this one alone. Default: all of them. */
  readonly projection?: string;
}

/** One follower and how its events take effect. */
export interface Followed {
  readonly follower: Follower;
  readonly options: FollowerOptions;
  readonly from?: Beginning;
  readonly handle: (stretch: Stretch) => Promise<void>;
}

/** Runs any number of followers: the engine of projectors and reactors. Starting and stopping it must take turns. */
export class Following {
  readonly store: ProgressStore & EventLog;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly #given: FollowingOptions;
  readonly #owner: string;
  readonly #runs = new Map<string, FollowerRun>();
  readonly #listeners: Listeners;
  #delayMs = 0;
  #hint: Disposable | undefined;

  constructor(
    store: ProgressStore & EventLog,
    followed: readonly Followed[],
    options: FollowingOptions & { readonly what: "projections" | "reactions" },
  ) {
    this.store = store;
    this.#given = options;
    this.#listeners = new Listeners(options.onListenerError);
    this.clock = options.clock ?? systemClock;
    this.scheduler = options.scheduler ?? systemScheduler;
    this.#owner = options.owner ?? crypto.randomUUID();
    if (this.#owner === "") throw new TypeError("Expected owner to name this worker.");
    this.delayMs = options.delayMs ?? 0;
    assertInteger("batchSize", options.batchSize ?? 1, 1);
    assertInteger("pollIntervalMs", options.pollIntervalMs ?? 1, 1);
    assertInteger("maxWaiters", options.maxWaiters ?? 1, 1);
    assertInteger("leaseMs", options.leaseMs ?? 100, 100);
    for (const one of followed) this.#add(one, options.what);
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  set delayMs(ms: number) {
    assertInteger("delayMs", ms, 0);
    this.#delayMs = ms;
    this.#each((run) => run.hint());
    this.changed();
  }

  get leaseMs(): number {
    return this.#given.leaseMs ?? 3_000;
  }

  get isStarted(): boolean {
    return this.#hint !== undefined;
  }

  has(name: string): boolean {
    return this.#runs.has(name);
  }

  /** Rejects with the first failure, when all have tried. */
  async start(): Promise<void> {
    this.#hint ??= this.store.onAppend(() => this.#each((run) => run.hint()));
    const starts = await Promise.allSettled(this.#all().map((run) => run.start()));
    for (const start of starts) if (start.status === "rejected") throw start.reason;
  }

  async stop(): Promise<void> {
    this.#hint?.[Symbol.dispose]();
    this.#hint = undefined;
    await Promise.all(this.#all().map((run) => run.stop()));
  }

  pause(name?: string): void {
    this.#each((run) => run.pause(), name);
  }

  async resume(name?: string): Promise<void> {
    const runs = this.#chosen(name);
    try {
      await Promise.all(runs.map(({ follower }) => this.store.clearHalt(follower)));
    } finally {
      for (const run of runs) run.resume();
    }
  }

  async waitFor(token: ConsistencyToken, { projection, ...wait }: WaitForOptions): Promise<void> {
    const position = decodeToken(token);
    if (wait.timeoutMs !== Infinity) assertInteger("timeoutMs", wait.timeoutMs ?? 0, 0);
    await waitForAll(this.#chosen(projection), position, wait);
  }

  status(): Promise<readonly FollowerStatus[]> {
    return Promise.all(this.#all().map((run) => statusOf(run, this)));
  }

  onChange(listener: () => void): Disposable {
    return this.#listeners.add(listener);
  }

  changed(): void {
    this.#listeners.call();
  }

  /** @throws {ReadModelError} `UNKNOWN_PROJECTION` */
  find(name: string): FollowerRun {
    const found = this.#runs.get(name);
    if (found) return found;
    const names = [...this.#runs.keys()].join(", ");
    throw new ReadModelError(
      "UNKNOWN_PROJECTION",
      `Nothing here is named ${name}; there is ${names || "nothing at all"}.`,
    );
  }

  /**
   * Says how to run a follower, this one or a replacement of it.
   *
   * @throws {RangeError | TypeError} When an option is out of range.
   */
  runOptions({ options, from = "start", handle }: Omit<Followed, "follower">): FollowerRunOptions {
    const {
      batchSize = 500,
      pollIntervalMs = 250,
      maxWaiters = 1_000,
      retryDelayMs = defaultRetryDelayMs,
      onBatch,
    } = this.#given;
    const { partitions = 1, poison = "stop", retries = 3 } = options;
    assertInteger("partitions", partitions, 1);
    assertInteger("retries", retries, 0);
    if (!["stop", "park", "skip"].includes(poison)) {
      throw new TypeError(`Expected poison to be "stop", "park" or "skip", got ${poison}.`);
    }
    return {
      ...{ store: this.store, clock: this.clock, scheduler: this.scheduler, owner: this.#owner },
      ...{ batchSize, pollIntervalMs, maxWaiters, retryDelayMs, leaseMs: this.leaseMs },
      ...{ partitions, poison, retries, from, handle },
      delayMs: () => this.#delayMs,
      changed: () => this.changed(),
      measured: (batch) => this.#listeners.tell(() => onBatch?.(batch)),
    };
  }

  #add(followed: Followed, what: string): void {
    const { name } = followed.follower;
    if (this.#runs.has(name)) {
      const cure = what === "projections" ? " with as(…)" : "";
      throw new TypeError(`Two ${what} are named ${name}; give one another name${cure}.`);
    }
    this.#runs.set(name, new FollowerRun(followed.follower, this.runOptions(followed)));
  }

  #each(act: (run: FollowerRun) => void, name?: string): void {
    this.#chosen(name).forEach(act);
  }

  #all(): readonly FollowerRun[] {
    return [...this.#runs.values()];
  }

  #chosen(name: string | undefined): readonly FollowerRun[] {
    return name === undefined ? this.#all() : [this.find(name)];
  }
}

/** @throws {TypeError} When what is to be followed is no list. */
export function assertList(factory: string, name: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new TypeError(`Expected ${factory}({ ${name} }) to be a list, got ${typeof value}.`);
}

function defaultRetryDelayMs(attempt: number): number {
  return Math.min(100 * 2 ** (attempt - 1), 5_000);
}
