import type { Scheduler } from "@counterpoint/events";
import { Backoff } from "./backoff.ts";
import { reasonOf } from "./event-key.ts";
import type { Follower, Lease } from "./follower.ts";
import { Idle } from "./idle.ts";
import { LeaseHolder } from "./lease-holder.ts";
import type { HandledBatch, Outcome, Stretch, WalkOptions } from "./log-walk.ts";
import { LogWalk } from "./log-walk.ts";
import { otherVersion } from "./progress-errors.ts";
import { isReadModelError } from "./read-model-error.ts";

/**
 * - `running`: follows the log.
 * - `standby`: another worker follows the log, and this one takes over when that one is gone.
 * - `paused`: holds until resumed.
 * - `retrying`: the store or a handler failed; tries again by itself.
 * - `stopped`: an event cannot be handled; nothing moves until it is resumed or rebuilt.
 * - `idle`: not started.
 */
export type RunState = "running" | "standby" | "paused" | "retrying" | "stopped" | "idle";

/** How to follow: shared by all partitions of one follower. */
export interface RunOptions extends WalkOptions {
  readonly scheduler: Scheduler;
  readonly owner: string;
  readonly leaseMs: number;
  readonly retryDelayMs: (attempt: number) => number;
}

/** On whose behalf a partition is followed. */
export interface RunHost {
  isPaused(): boolean;
  /** Whether somebody waits to hear how far it is. */
  isAwaited(): boolean;
  delayMs(): number;
  /** Gives a stretch of the log its effect and moves the checkpoint. */
  handle(stretch: Stretch): Promise<void>;
  /** Called when the log has nothing more for now. @returns `true` when the run has come to its end. */
  caughtUp?(lease: Lease): Promise<boolean>;
  /** Hears into how many partitions the store divides the follower's keys; 0: it knows the follower no more. */
  divided(partitions: number): void;
  /** Hears that checkpoint or state may have changed. */
  changed(): void;
  measured(batch: HandledBatch): void;
}

/** Follows the log for one partition of one follower: a loop that holds the lease, steps, and rests. */
export class PartitionRun {
  readonly #follower: Follower;
  readonly #partition: number;
  readonly #options: RunOptions;
  readonly #host: RunHost;
  readonly #lease: LeaseHolder;
  readonly #walk: LogWalk;
  readonly #idle: Idle;
  readonly #backoff: Backoff;
  #loop: Promise<void> | undefined;
  #closing = false;
  #position = 0;
  #halted: string | undefined;
  #trouble: unknown;
  #isBackingOff = false;
  #busySinceMs: number | undefined;

  constructor(follower: Follower, partition: number, options: RunOptions, host: RunHost) {
    this.#follower = follower;
    this.#partition = partition;
    this.#options = options;
    this.#host = host;
    this.#lease = new LeaseHolder(follower, partition, options, (lease) => {
      host.divided(lease.partitions);
      this.#learn(lease);
    });
    this.#walk = new LogWalk(follower, options, {
      delayMs: () => host.delayMs(),
      goesOn: (lease) => !this.#closing && !host.isPaused() && this.#isMine(lease),
      handle: (stretch) => this.#lease.during(() => host.handle(stretch)),
      reached: (position, lease) => this.#reached(position, lease),
      caughtUp: async (lease) =>
        (await this.#lease.during(async () => host.caughtUp?.(lease))) ?? false,
      measured: (batch) => host.measured(batch),
    });
    this.#idle = new Idle(options.scheduler);
    this.#backoff = new Backoff(options.retryDelayMs, this.#lease.restMs);
  }

  /** The checkpoint, as far as this process knows. */
  get position(): number {
    return this.#position;
  }

  /** Why it was halted, by whichever worker. */
  get halted(): string | undefined {
    return this.#halted;
  }

  get state(): RunState {
    if (this.#loop === undefined) return "idle";
    if (this.#halted !== undefined) return "stopped";
    if (this.#host.isPaused()) return "paused";
    if (this.#trouble !== undefined) return "retrying";
    return this.#lease.lease === undefined ? "standby" : "running";
  }

  /** Why it has stopped, or what it is retrying on. */
  get error(): string | undefined {
    if (this.#halted !== undefined) return this.#halted;
    return this.state === "retrying" ? reasonOf(this.#trouble) : undefined;
  }

  /** For how long it has been at one and the same step, in milliseconds; 0 while it rests. */
  busyMs(nowMs: number): number {
    return this.#busySinceMs === undefined ? 0 : nowMs - this.#busySinceMs;
  }

  /** Resolves when it knows whether it is the one to follow. */
  async start(): Promise<void> {
    if (this.#loop) return;
    this.#lookAfresh();
    this.#trouble = undefined;
    if (!(await this.#hold())) await this.#watch();
    this.begin();
  }

  /** Starts without waiting for the store to answer. */
  begin(): void {
    this.#closing = false;
    this.#loop ??= this.#follow();
    this.#host.changed();
  }

  /** Ends after the step under way and gives the lease back. */
  async stop(): Promise<void> {
    this.#closing = true;
    this.#idle.wake();
    await this.#loop;
    this.#loop = undefined;
    await this.#lease.release();
  }

  /** Goes on from the checkpoint; if it was halted, that must have been cleared in the store before. */
  resume(): void {
    this.#halted = undefined;
    this.lookAgain();
  }

  /** Begins anew: the store has been reset. What a step under way may still report is of the past. */
  restart(): void {
    this.#lease.drop();
    this.#halted = undefined;
    this.#trouble = undefined;
    this.#position = 0;
    this.lookAgain();
  }

  /** Asks the store at once who holds the lease and how far things are. */
  lookAgain(): void {
    this.#lookAfresh();
    this.#idle.wake();
    this.#host.changed();
  }

  /** There may be something new in the log. Whoever backs off, or stands by unasked, looks in its own time. */
  hint(): void {
    if (this.#isBackingOff) return;
    if (this.#lease.lease !== undefined || this.#host.isAwaited()) this.#idle.wake();
  }

  async #follow(): Promise<void> {
    while (!this.#closing) {
      const idleMs = await this.#turn();
      if (idleMs > 0 && !this.#closing) await this.#idle.wait(idleMs);
    }
  }

  /** @returns Milliseconds until the next turn, unless woken before. */
  async #turn(): Promise<number> {
    this.#idle.reset();
    this.#isBackingOff = false;
    this.#busySinceMs = this.#options.clock.now();
    try {
      if (this.#backoff.isResting) {
        await this.#lease.keep();
        return this.#rest();
      }
      const lease = await this.#hold();
      if (!lease) return await this.#watch();
      if (this.#host.isPaused() || this.#halted !== undefined) return this.#lease.restMs;
      return this.#follows(await this.#walk.advance(this.#position, lease), lease);
    } catch (error) {
      return this.#stumbled(error);
    } finally {
      this.#busySinceMs = undefined;
    }
  }

  /** A paused worker takes nothing that another could work on. */
  async #hold(): Promise<Lease | undefined> {
    const before = this.#lease.lease;
    const lease = await this.#lease.hold(!this.#host.isPaused());
    if ((lease === undefined) !== (before === undefined)) this.#host.changed();
    return lease;
  }

  /** Looks how far the worker is that holds the lease. */
  async #watch(): Promise<number> {
    const progress = await this.#options.store.loadProgress(this.#follower);
    if (this.#lease.isDoubtful) return 0; // the answer may be older than the wish for one
    this.#host.divided(progress.length);
    const mine = progress.find(({ partition }) => partition === this.#partition);
    if (mine && mine.version > this.#follower.version) {
      const { message } = otherVersion(this.#follower, mine.version);
      this.#learn({ position: this.#position, halted: message });
    } else if (mine) this.#learn(mine);
    this.#backoff.end();
    this.#recovered();
    const { restMs } = this.#lease;
    return this.#host.isAwaited() ? Math.min(this.#options.pollIntervalMs, restMs) : restMs;
  }

  #follows(outcome: Outcome, lease: Lease): number {
    if (outcome.act === "retry") {
      this.#backoff.begin(outcome.attempts);
      this.#troubled(outcome.failure);
      return this.#rest();
    }
    this.#backoff.end();
    this.#recovered();
    if (outcome.act === "go on") return Math.min(outcome.restMs, this.#lease.restMs);
    if (outcome.act === "end") this.#closing = true;
    else if (this.#isMine(lease)) this.#learn({ position: this.#position, halted: outcome.reason });
    return this.#lease.restMs;
  }

  #learn({ position, halted }: { readonly position: number; readonly halted?: string }): void {
    if (halted === this.#halted && position === this.#position) return;
    this.#halted = halted;
    this.#position = position;
    this.#host.changed();
  }

  #reached(position: number, lease: Lease): void {
    if (!this.#isMine(lease)) return;
    this.#busySinceMs = this.#options.clock.now();
    this.#position = position;
    this.#host.changed();
  }

  #isMine({ epoch }: Lease): boolean {
    return this.#lease.lease?.epoch === epoch;
  }

  #stumbled(error: unknown): number {
    const failures = this.#backoff.failed();
    if (isReadModelError(error, "FENCED") || isReadModelError(error, "CHECKPOINT_MOVED")) {
      this.#lease.drop();
      this.#host.changed();
      if (failures === 1) return 0; // only those who fence each other off for ever need a pause
    } else {
      this.#lease.askAgain(); // what has failed may have been done after all
      this.#troubled(error);
    }
    this.#backoff.begin(failures);
    return this.#rest();
  }

  #rest(): number {
    this.#isBackingOff = true;
    return this.#backoff.slice();
  }

  #lookAfresh(): void {
    this.#backoff.end();
    this.#walk.forgive();
    this.#lease.askAgain();
  }

  #troubled(error: unknown): void {
    this.#trouble = error;
    this.#host.changed();
  }

  #recovered(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#host.changed();
  }
}
