import type { Follower } from "./follower.ts";
import type { HandledBatch, Stretch } from "./log-walk.ts";
import type { RunHost, RunOptions } from "./partition-run.ts";
import { PartitionRun } from "./partition-run.ts";
import type { Beginning } from "./progress-store.ts";
import { ReadModelError, isReadModelError } from "./read-model-error.ts";
import { staleError } from "./stale-error.ts";
import { Throughput } from "./throughput.ts";
import type { WaitOptions } from "./waiters.ts";
import { Waiters } from "./waiters.ts";

export interface FollowerRunOptions extends RunOptions {
  /** Into how many parts to divide the keys. The store's word counts: another worker may have divided them since. */
  readonly partitions: number;
  readonly from: Beginning;
  readonly maxWaiters: number;
  readonly delayMs: () => number;
  readonly handle: (stretch: Stretch) => Promise<void>;
  readonly changed: () => void;
  readonly measured: (batch: HandledBatch) => void;
}

/** Follows the log for one follower, in as many partitions as the store says, and tells those who wait. */
export class FollowerRun {
  readonly follower: Follower;
  readonly throughput: Throughput = new Throughput();
  readonly #options: FollowerRunOptions;
  readonly #waiters: Waiters;
  readonly #host: RunHost;
  #runs: readonly PartitionRun[];
  readonly #retired = new Set<Promise<void>>();
  #isStarted = false;
  #isPaused = false;

  constructor(follower: Follower, options: FollowerRunOptions) {
    this.follower = follower;
    this.#options = options;
    this.#waiters = new Waiters(options.maxWaiters, options.scheduler);
    this.#host = {
      isPaused: () => this.#isPaused,
      isAwaited: () => this.#waiters.size > 0,
      delayMs: options.delayMs,
      handle: options.handle,
      divided: (partitions) => this.#divided(partitions),
      changed: () => this.#changed(),
      measured: (batch) => {
        this.throughput.add(batch.events, options.clock.now());
        options.measured(batch);
      },
    };
    this.#runs = this.#runsFrom(0, options.partitions);
  }

  get runs(): readonly PartitionRun[] {
    return this.#runs;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The checkpoint that all partitions have passed, as far as this process knows. */
  get position(): number {
    return this.#runs.reduce((least, { position }) => Math.min(least, position), Infinity);
  }

  /** Resolves when it knows of each partition whether it is the one to follow; when that fails, nothing is started. */
  async start(): Promise<void> {
    if (this.#isStarted) return;
    const { store, partitions, from } = this.#options;
    try {
      await store.prepare(this.follower, partitions, from);
    } catch (error) {
      // What cannot be brought forward cannot be divided anew: better stopped where it was than not there at all.
      if (!isReadModelError(error, "HANDLER_FAILED")) throw error;
    }
    const { length } = await store.loadProgress(this.follower);
    this.#runs = [...this.#runs.slice(0, length), ...this.#runsFrom(this.#runs.length, length)];
    this.#isStarted = true;
    const starts = await Promise.allSettled(this.#runs.map((run) => run.start()));
    const failed = starts.find((start) => start.status === "rejected");
    if (!failed) return;
    await this.stop();
    throw failed.reason;
  }

  /** Ends after the steps under way. */
  async stop(): Promise<void> {
    this.#isStarted = false;
    await Promise.all(this.#runs.map((run) => run.stop()));
    await Promise.all(this.#retired);
    this.#waiters.fail(this.#notRunning());
  }

  pause(): void {
    this.#isPaused = true;
    this.#changed();
  }

  resume(): void {
    this.#isPaused = false;
    for (const run of this.#runs) run.resume();
  }

  restart(): void {
    for (const run of this.#runs) run.restart();
  }

  lookAgain(): void {
    for (const run of this.#runs) run.lookAgain();
  }

  hint(): void {
    for (const run of this.#runs) run.hint();
  }

  /** @throws {ReadModelError} `NOT_RUNNING` */
  assertStarted(): void {
    if (!this.#isStarted) throw this.#notRunning();
  }

  waitFor(wanted: number, options: WaitOptions): Promise<void> {
    if (wanted <= this.position) return Promise.resolve();
    const stopped = this.#runs.find(
      ({ halted, position }) => halted !== undefined && position < wanted,
    );
    if (stopped) return Promise.reject(this.#stopped(stopped));
    if (!this.#isStarted) return Promise.reject(this.#notRunning());
    const waiting = this.#waiters.wait(wanted, options, () =>
      staleError(this.follower.name, this.position, wanted, this.#options),
    );
    this.hint(); // who stands by looks more often when somebody waits
    return waiting;
  }

  #changed(): void {
    this.#waiters.reached(this.position);
    for (const run of this.#runs) {
      if (run.halted !== undefined) this.#waiters.fail(this.#stopped(run), run.position);
    }
    this.#options.changed();
  }

  /** Another worker, of another mind, may have divided the keys anew. */
  #divided(partitions: number): void {
    const before = this.#runs;
    if (!this.#isStarted || partitions === 0 || partitions === before.length) return;
    const added = this.#runsFrom(before.length, partitions);
    this.#runs = [...before.slice(0, partitions), ...added];
    for (const run of added) run.begin();
    for (const run of before.slice(partitions)) this.#retire(run);
    this.#changed();
  }

  /** Nobody can wait for the end here: it may be the run itself that has noticed. */
  #retire(run: PartitionRun): void {
    const ending = run.stop().finally(() => this.#retired.delete(ending));
    this.#retired.add(ending);
  }

  #runsFrom(first: number, partitions: number): readonly PartitionRun[] {
    return Array.from(
      { length: Math.max(0, partitions - first) },
      (_, index) => new PartitionRun(this.follower, first + index, this.#options, this.#host),
    );
  }

  #stopped({ halted, position }: PartitionRun): ReadModelError<"PROJECTION_STOPPED"> {
    const { name } = this.follower;
    return new ReadModelError("PROJECTION_STOPPED", `${name} has stopped: ${halted}`, {
      details: { projection: name, position },
    });
  }

  #notRunning(): ReadModelError<"NOT_RUNNING"> {
    return new ReadModelError(
      "NOT_RUNNING",
      `Nothing follows the log for ${this.follower.name} here.`,
    );
  }
}
