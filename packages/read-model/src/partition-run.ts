import type { Clock, EventLog, RecordedEvent, Scheduler } from "@counterpoint/events";
import type { SetAside } from "./dead-letters.ts";
import type { Follower, Lease } from "./follower.ts";
import { eventsOf } from "./follower.ts";
import { Idle } from "./idle.ts";
import type { Lag } from "./lag.ts";
import { lagBehind } from "./lag.ts";
import type { ProgressStore, Step } from "./progress-store.ts";
import { ReadModelError, isReadModelError } from "./read-model-error.ts";
import type { WaitOptions } from "./waiters.ts";
import { Waiters } from "./waiters.ts";

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
export interface RunOptions {
  readonly store: ProgressStore & EventLog;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly owner: string;
  readonly leaseMs: number;
  readonly batchSize: number;
  readonly pollIntervalMs: number;
  readonly maxWaiters: number;
  /** How often to try a failing event again before `poison` applies. */
  readonly retries: number;
  readonly poison: "stop" | SetAside;
  readonly retryDelayMs: (attempt: number) => number;
  readonly delayMs: () => number;
  /** Gives a stretch of the log its effect and moves the checkpoint. */
  readonly handle: (events: readonly RecordedEvent[], step: Step) => Promise<void>;
  readonly changed: () => void;
  readonly measured: (batch: HandledBatch) => void;
}

/** What one step along the log was, for those who measure. */
export interface HandledBatch {
  readonly name: string;
  readonly partition: number;
  readonly events: number;
  readonly durationMs: number;
  /** The checkpoint afterwards. */
  readonly position: number;
  /** Age of the batch's last event when it took effect. */
  readonly lagMs: number;
}

const LAG_PATIENCE_MS = 1_000;

/** Follows the log for one partition of one follower: holds the lease, reads, has it handled, tells those who wait. */
export class PartitionRun {
  readonly #follower: Follower;
  readonly #partition: number;
  readonly #options: RunOptions;
  readonly #waiters: Waiters;
  readonly #idle: Idle;
  #loop: Promise<void> | undefined;
  #closing = false;
  #paused = false;
  #position = 0;
  #lease: Lease | undefined;
  #renewAtMs = 0;
  #halted: string | undefined;
  #trouble: unknown;
  #attempts = 0;
  #turnedAtMs = 0;
  #generation = 0;

  constructor(follower: Follower, partition: number, options: RunOptions) {
    this.#follower = follower;
    this.#partition = partition;
    this.#options = options;
    this.#waiters = new Waiters(options.maxWaiters, options.scheduler);
    this.#idle = new Idle(options.scheduler);
  }

  /** The checkpoint, as far as this process knows. */
  get position(): number {
    return this.#position;
  }

  get state(): RunState {
    if (this.#loop === undefined) return "idle";
    if (this.#halted !== undefined) return "stopped";
    if (this.#paused) return "paused";
    if (this.#trouble !== undefined) return "retrying";
    return this.#lease === undefined ? "standby" : "running";
  }

  /** Why it has stopped, or what it is retrying on. */
  get error(): string | undefined {
    if (this.#halted !== undefined || this.#paused || this.#trouble === undefined)
      return this.#halted;
    return reasonOf(this.#trouble);
  }

  /** When the loop last came round; epoch milliseconds. */
  get turnedAtMs(): number {
    return this.#turnedAtMs;
  }

  /** Resolves when it knows whether it is the one to follow. */
  async start(): Promise<void> {
    if (this.#loop) return;
    this.#closing = false;
    await this.#hold();
    if (!this.#lease) await this.#watch();
    this.#loop = this.#follow();
    this.#options.changed();
  }

  /** Ends after the step under way and gives the lease back. */
  async stop(): Promise<void> {
    this.#closing = true;
    this.#idle.wake();
    await this.#loop;
    this.#loop = undefined;
    this.#waiters.fail(this.#notRunning());
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease) await this.#options.store.release(lease).catch(() => {}); // else it runs out by itself
  }

  pause(): void {
    this.#paused = true;
    this.#options.changed();
  }

  /** Goes on from the checkpoint; if it was halted, that must have been cleared in the store before. */
  resume(): void {
    this.#paused = false;
    this.#halted = undefined;
    this.#options.changed();
    this.lookAgain();
  }

  /** Begins anew: the store has been reset. What a step under way may still report is of the past. */
  restart(): void {
    this.#generation++;
    this.#halted = undefined;
    this.#trouble = undefined;
    this.#moved(0);
    this.lookAgain();
  }

  /** Asks the store at once who holds the lease and how far things are. */
  lookAgain(): void {
    this.#attempts = 0;
    this.#renewAtMs = 0;
    this.#idle.wake();
  }

  /** @throws {ReadModelError} `NOT_RUNNING` */
  assertStarted(): void {
    if (this.#loop === undefined) throw this.#notRunning();
  }

  wake(): void {
    this.#idle.wake();
  }

  waitFor(position: number, options: WaitOptions): Promise<void> {
    if (position <= this.#position) return Promise.resolve();
    if (this.#halted !== undefined) return Promise.reject(this.#stopped(this.#halted));
    if (this.#loop === undefined) return Promise.reject(this.#notRunning());
    if (!this.#lease) this.#idle.wake();
    return this.#waiters.wait(position, options, () => this.#stale(position));
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
    this.#turnedAtMs = this.#options.clock.now();
    try {
      if (!(await this.#hold())) return await this.#watch();
      const restMs = this.#options.leaseMs / 3;
      if (this.#paused || this.#halted !== undefined) return restMs;
      return Math.min(await this.#advance(), restMs);
    } catch (error) {
      return this.#stumbled(error);
    }
  }

  /** @returns The lease, taken or renewed when it is time to. */
  async #hold(): Promise<Lease | undefined> {
    const { store, clock, owner, leaseMs } = this.#options;
    if (this.#lease && clock.now() < this.#renewAtMs) return this.#lease;
    const lease = this.#lease
      ? await store.renew(this.#lease, leaseMs)
      : await store.acquire(this.#follower, { partition: this.#partition, owner, leaseMs });
    const changedHands = (lease === undefined) !== (this.#lease === undefined);
    this.#lease = lease;
    if (lease) {
      this.#renewAtMs = clock.now() + leaseMs / 3;
      this.#learn(lease);
    }
    if (changedHands) this.#options.changed();
    return lease;
  }

  /** Looks how far the worker is that holds the lease. */
  async #watch(): Promise<number> {
    const progress = await this.#options.store.loadProgress(this.#follower);
    const mine = progress.find(({ partition }) => partition === this.#partition);
    if (mine) this.#learn(mine);
    this.#recovered();
    const { pollIntervalMs, leaseMs } = this.#options;
    return this.#waiters.size > 0 ? pollIntervalMs : leaseMs / 3;
  }

  #learn({ position, halted }: { readonly position: number; readonly halted?: string }): void {
    if (halted !== this.#halted) {
      this.#halted = halted;
      if (halted !== undefined) this.#waiters.fail(this.#stopped(halted));
      this.#options.changed();
    }
    if (position !== this.#position) this.#moved(position);
  }

  async #advance(): Promise<number> {
    const { store, batchSize, pollIntervalMs } = this.#options;
    const { events } = await store.readLog({ after: this.#position, limit: batchSize });
    const due = this.#due(events);
    if (this.#paused || this.#closing) return Infinity;
    if (due.length > 0) {
      await this.#handle(due);
      this.#attempts = 0;
      this.#recovered();
      return 0;
    }
    this.#recovered();
    const first = events[0];
    return first ? Math.min(this.#dueInMs(first), pollIntervalMs) : pollIntervalMs;
  }

  async #handle(events: readonly RecordedEvent[], more: Pick<Step, "poison"> = {}): Promise<void> {
    const { handle, clock, measured } = this.#options;
    const lease = this.#lease!; // `#turn` holds it before anything is handled
    const last = more.poison?.event ?? events.at(-1)!; // never called with neither
    const step = { from: this.#position, to: last.position, lease, ...more };
    const beganMs = clock.now();
    const generation = this.#generation;
    await handle(eventsOf(this.#follower, events, lease), step);
    const endedMs = clock.now();
    if (generation !== this.#generation) return;
    this.#moved(last.position);
    measured({
      name: this.#follower.name,
      partition: this.#partition,
      events: events.length,
      durationMs: endedMs - beganMs,
      position: last.position,
      lagMs: Math.max(0, endedMs - last.recordedAt.getTime()),
    });
  }

  async #stumbled(error: unknown): Promise<number> {
    try {
      if (isReadModelError(error, "FENCED") || isReadModelError(error, "CHECKPOINT_MOVED")) {
        this.#lease = undefined;
        this.#options.changed();
        return 0;
      }
      if (isReadModelError(error, "HANDLER_FAILED")) return await this.#poisoned(error);
    } catch (another) {
      error = another;
    }
    return this.#tryAgain(error);
  }

  #tryAgain(error: unknown): number {
    this.#trouble = error;
    this.#options.changed();
    return this.#options.retryDelayMs(++this.#attempts);
  }

  /** Handles what precedes the culprit; then retries it, and at last does with it what the policy says. */
  async #poisoned(failure: ReadModelError): Promise<number> {
    const event = failure.details["event"] as RecordedEvent; // whoever throws HANDLER_FAILED names it
    const { store, batchSize, retries, poison } = this.#options;
    const { events } = await store.readLog({ after: this.#position, limit: batchSize });
    const sound = events.filter(({ position }) => position < event.position);
    if (sound.length > 0) {
      await this.#handle(sound);
      this.#attempts = 0;
    }
    if (this.#attempts < retries) return this.#tryAgain(failure);
    const error = reasonOf(failure);
    const attempts = this.#attempts + 1;
    if (poison === "stop") {
      await store.halt(this.#lease!, error); // a lost lease would have been noticed above
      this.#recovered();
      this.#learn({ position: this.#position, halted: error });
      return this.#options.leaseMs / 3;
    }
    await this.#handle([], { poison: { event, error, attempts, policy: poison } });
    this.#attempts = 0;
    this.#recovered();
    return 0;
  }

  #moved(position: number): void {
    this.#position = position;
    this.#waiters.reached(position);
    this.#options.changed();
  }

  #recovered(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#options.changed();
  }

  #due(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    const end = events.findIndex((event) => this.#dueInMs(event) > 0);
    return end === -1 ? events : events.slice(0, end);
  }

  #dueInMs(event: RecordedEvent): number {
    const delayMs = this.#options.delayMs();
    if (delayMs === 0) return 0; // whatever the clocks of store and process think of each other
    return event.recordedAt.getTime() + delayMs - this.#options.clock.now();
  }

  async #stale(wanted: number): Promise<ReadModelError<"STALE">> {
    const { name } = this.#follower;
    const position = this.#position;
    const lag = await this.#lagInTime();
    const behind = lag ? `, ${lag.ms} ms behind the log` : "";
    return new ReadModelError(
      "STALE",
      `${name} is at position ${position}${behind}; ${wanted} was asked for.`,
      { details: { projection: name, position, wanted, lag } },
    );
  }

  /** Who has waited long enough is not kept for ever by a store that does not answer. */
  #lagInTime(): Promise<Lag | undefined> {
    const { store, clock, scheduler } = this.#options;
    return new Promise((resolve) => {
      const timer = scheduler.after(LAG_PATIENCE_MS, () => resolve(undefined));
      void lagBehind(store, clock, this.#position)
        .then(({ events, ms }) => ({ events, ms }))
        .catch(() => undefined)
        .then((lag) => {
          timer[Symbol.dispose]();
          resolve(lag);
        });
    });
  }

  #stopped(reason: string): ReadModelError<"PROJECTION_STOPPED"> {
    const { name } = this.#follower;
    return new ReadModelError("PROJECTION_STOPPED", `${name} has stopped: ${reason}`, {
      details: { projection: name, position: this.#position },
    });
  }

  #notRunning(): ReadModelError<"NOT_RUNNING"> {
    return new ReadModelError(
      "NOT_RUNNING",
      `Nothing follows the log for ${this.#follower.name} here.`,
    );
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
