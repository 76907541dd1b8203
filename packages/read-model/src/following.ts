import type {
  Clock,
  ConsistencyToken,
  EventLog,
  RecordedEvent,
  Scheduler,
} from "@counterpoint/events";
import { assertInteger, decodeToken, systemClock, systemScheduler } from "@counterpoint/events";
import type { SetAside } from "./dead-letters.ts";
import type { Follower } from "./follower.ts";
import type { FollowerStatus } from "./follower-status.ts";
import { statusOf } from "./follower-status.ts";
import type { HandledBatch, RunOptions } from "./partition-run.ts";
import { PartitionRun } from "./partition-run.ts";
import type { ProgressStore, Step } from "./progress-store.ts";
import { ReadModelError } from "./read-model-error.ts";
import { Throughput } from "./throughput.ts";
import type { WaitOptions } from "./waiters.ts";

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
  /** Hears of every step along the log: for metrics and traces. It must not throw. */
  readonly onBatch?: (batch: HandledBatch) => void;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
}

export interface WaitForOptions extends WaitOptions {
  /** Waits for this one alone. Default: all of them. */
  readonly projection?: string;
}

/** One follower and how its events take effect. */
export interface Followed {
  readonly follower: Follower;
  readonly options: FollowerOptions;
  readonly handle: (events: readonly RecordedEvent[], step: Step) => Promise<void>;
}

/** Runs any number of followers, each in partitions: the engine of projectors and reactors. */
export class Following {
  readonly store: ProgressStore & EventLog;
  readonly #given: FollowingOptions;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly #owner: string;
  readonly #runs = new Map<string, readonly PartitionRun[]>();
  readonly #followed = new Map<string, Followed>();
  readonly #throughput = new Map<string, Throughput>();
  readonly #listeners = new Set<{ readonly listener: () => void }>();
  #delayMs = 0;
  #hint: Disposable | undefined;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(
    store: ProgressStore & EventLog,
    followed: readonly Followed[],
    options: FollowingOptions,
  ) {
    this.store = store;
    this.#given = options;
    this.clock = options.clock ?? systemClock;
    this.scheduler = options.scheduler ?? systemScheduler;
    this.#owner = options.owner ?? crypto.randomUUID();
    this.delayMs = options.delayMs ?? 0;
    assertInteger("batchSize", options.batchSize ?? 1, 1);
    assertInteger("pollIntervalMs", options.pollIntervalMs ?? 1, 1);
    assertInteger("maxWaiters", options.maxWaiters ?? 1, 1);
    assertInteger("leaseMs", options.leaseMs ?? 100, 100);
    for (const one of followed) this.#add(one);
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  set delayMs(ms: number) {
    assertInteger("delayMs", ms, 0);
    this.#delayMs = ms;
    this.#each((run) => run.wake());
    this.changed();
  }

  get names(): readonly string[] {
    return [...this.#runs.keys()];
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  async #start(): Promise<void> {
    this.#hint ??= this.store.onAppend(() => this.#each((run) => run.wake()));
    await Promise.all(
      [...this.#followed.values()].map(async ({ follower, options }) => {
        await this.store.prepare(follower, options.partitions ?? 1);
        await Promise.all(this.#chosen(follower.name).map((run) => run.start()));
      }),
    );
  }

  async #stop(): Promise<void> {
    this.#hint?.[Symbol.dispose]();
    this.#hint = undefined;
    await Promise.all([...this.#runs.values()].flat().map((run) => run.stop()));
  }

  pause(name?: string): void {
    this.#each((run) => run.pause(), name);
  }

  async resume(name?: string): Promise<void> {
    const names = name === undefined ? this.names : [this.find(name).follower.name];
    try {
      await Promise.all(names.map((name) => this.store.clearHalt({ name })));
    } finally {
      this.#each((run) => run.resume(), name);
    }
  }

  /** Begins one follower anew, after the store was reset. */
  restart(name: string): void {
    this.#each((run) => run.restart(), name);
  }

  /** @throws {ReadModelError} `NOT_RUNNING` when this follower was not started. */
  assertStarted(name: string): void {
    this.#each((run) => run.assertStarted(), name);
  }

  /** Lets everybody see at once what somebody else has changed in the store. */
  lookAgain(name?: string): void {
    this.#each((run) => run.lookAgain(), name);
  }

  async waitFor(token: ConsistencyToken, { projection, ...wait }: WaitForOptions): Promise<void> {
    const position = decodeToken(token);
    if (wait.timeoutMs !== Infinity) assertInteger("timeoutMs", wait.timeoutMs ?? 0, 0);
    await Promise.all(this.#chosen(projection).map((run) => run.waitFor(position, wait)));
  }

  status(): Promise<readonly FollowerStatus[]> {
    return Promise.all(
      [...this.#followed.values()].map(
        ({ follower }) =>
          statusOf(
            follower,
            this.#chosen(follower.name),
            this.#throughput.get(follower.name)!,
            this,
          ), // one each
      ),
    );
  }

  onChange(listener: () => void): Disposable {
    const entry = { listener }; // one per call, so that a listener may be given twice
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  changed(): void {
    this.#listeners.forEach(({ listener }) => listener());
  }

  /** @throws {ReadModelError} `UNKNOWN_PROJECTION` */
  find(name: string): Followed {
    const found = this.#followed.get(name);
    if (found) return found;
    throw new ReadModelError(
      "UNKNOWN_PROJECTION",
      `Nothing here is named ${name}; there is ${this.names.join(", ") || "nothing at all"}.`,
    );
  }

  /** Says how to run a follower, this one or a replacement of it. */
  runOptions({ options, handle }: Omit<Followed, "follower">): RunOptions {
    const {
      batchSize = 500,
      pollIntervalMs = 250,
      maxWaiters = 1_000,
      leaseMs = 3_000,
    } = this.#given;
    const { retryDelayMs = defaultRetryDelayMs, onBatch } = this.#given;
    const { poison = "stop", retries = 3 } = options;
    assertInteger("retries", retries, 0);
    return {
      ...{ store: this.store, clock: this.clock, scheduler: this.scheduler, owner: this.#owner },
      ...{ batchSize, pollIntervalMs, maxWaiters, leaseMs, retryDelayMs, poison, retries, handle },
      delayMs: () => this.#delayMs,
      changed: () => this.changed(),
      measured: (batch) => {
        this.#throughput.get(batch.name)?.add(batch.events, this.clock.now());
        onBatch?.(batch);
      },
    };
  }

  #add(followed: Followed): void {
    const { follower, options } = followed;
    const { name } = follower;
    const { partitions = 1 } = options;
    assertInteger("partitions", partitions, 1);
    if (this.#runs.has(name)) {
      throw new TypeError(`Two followers of the log are named ${name}; give one another name.`);
    }
    const run = this.runOptions(followed);
    this.#followed.set(name, followed);
    this.#throughput.set(name, new Throughput());
    this.#runs.set(
      name,
      Array.from(
        { length: partitions },
        (_, partition) => new PartitionRun(follower, partition, run),
      ),
    );
  }

  /** Starting and stopping take turns: two at once would leave a loop behind that nobody can end. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(act);
    this.#lastTurn = turn.catch(() => {}); // whoever asked for it hears of it
    return turn;
  }

  #each(act: (run: PartitionRun) => void, name?: string): void {
    this.#chosen(name).forEach(act);
  }

  #chosen(name: string | undefined): readonly PartitionRun[] {
    if (name === undefined) return [...this.#runs.values()].flat();
    return this.#runs.get(this.find(name).follower.name) ?? [];
  }
}

function defaultRetryDelayMs(attempt: number): number {
  return Math.min(100 * 2 ** (attempt - 1), 5_000);
}
