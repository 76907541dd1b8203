import type { Clock, EventLog, RecordedEvent, Scheduler } from "@counterpoint/events";
import type { Lag } from "./projection-errors.ts";
import { notRunningError, staleError, stoppedError } from "./projection-errors.ts";
import type { ProjectionStore } from "./projection-store.ts";
import type { Projection } from "./projection.ts";
import { ReadModelError, isReadModelError } from "./read-model-error.ts";
import type { WaitOptions } from "./waiters.ts";
import { Waiters } from "./waiters.ts";

/**
 * - `running`: follows the log.
 * - `paused`: holds until resumed.
 * - `retrying`: the store did not answer; tries again by itself.
 * - `stopped`: an event cannot be applied; nothing moves until it is resumed or rebuilt.
 * - `idle`: the projector is not started.
 */
export type ProjectionState = "running" | "paused" | "retrying" | "stopped" | "idle";

/** What one projection needs of the projector around it. */
export interface RunSurroundings {
  readonly store: ProjectionStore & EventLog;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly batchSize: number;
  readonly pollIntervalMs: number;
  readonly maxWaiters: number;
  readonly retryDelayMs: (attempt: number) => number;
  readonly delayMs: () => number;
  readonly changed: () => void;
}

interface RebuildRequest {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const LAG_PATIENCE_MS = 1_000;

/** Follows the log on behalf of one projection: reads, applies, checkpoints, and tells those who wait. */
export class ProjectionRun {
  readonly projection: Projection;
  readonly #around: RunSurroundings;
  readonly #waiters: Waiters;
  #position = 0;
  #loop: Promise<void> | undefined;
  #closing = false;
  #paused = false;
  #failure: ReadModelError | undefined;
  #outage: unknown;
  #attempts = 0;
  #woken = false;
  #wakeIdle: (() => void) | undefined;
  #rebuild: RebuildRequest | undefined;

  constructor(projection: Projection, around: RunSurroundings) {
    this.projection = projection;
    this.#around = around;
    this.#waiters = new Waiters(around.maxWaiters, around.scheduler);
  }

  get position(): number {
    return this.#position;
  }

  /** The error that stopped it, or the outage that it is retrying on. */
  get error(): unknown {
    return this.#failure ?? (this.#paused ? undefined : this.#outage);
  }

  get state(): ProjectionState {
    if (this.#loop === undefined) return "idle";
    if (this.#failure) return "stopped";
    if (this.#paused) return "paused";
    return this.#outage === undefined ? "running" : "retrying";
  }

  async start(): Promise<void> {
    if (this.#loop) return;
    const { store } = this.#around;
    await store.prepare(this.projection);
    this.#position = await store.loadCheckpoint(this.projection);
    this.#closing = false;
    this.#loop = this.#follow();
    this.#waiters.reached(this.#position);
    this.#around.changed();
  }

  /** Ends after the batch under way. */
  async stop(): Promise<void> {
    this.#closing = true;
    this.wake();
    await this.#loop;
    this.#loop = undefined;
    const gone = notRunningError(this.projection);
    this.#rebuild?.failed(gone);
    this.#rebuild = undefined;
    this.#waiters.fail(gone);
  }

  pause(): void {
    this.#paused = true;
    this.#around.changed();
  }

  /** Goes on from the checkpoint, also after a failure: the failed event is tried again. */
  resume(): void {
    this.#paused = false;
    this.#failure = undefined;
    this.#around.changed();
    this.wake();
  }

  /** @returns A promise that resolves when documents and checkpoint are reset and the replay has begun. */
  rebuild(): Promise<void> {
    if (this.#loop === undefined) return Promise.reject(notRunningError(this.projection));
    if (this.#rebuild) {
      return Promise.reject(
        new ReadModelError("UNAVAILABLE", `${this.projection.name} is being reset already.`),
      );
    }
    return new Promise((done, failed) => {
      this.#rebuild = { done, failed };
      this.wake();
    });
  }

  wake(): void {
    this.#woken = true;
    this.#wakeIdle?.();
  }

  waitFor(position: number, options: WaitOptions): Promise<void> {
    if (position <= this.#position) return Promise.resolve();
    if (this.#failure)
      return Promise.reject(stoppedError(this.projection, this.#position, this.#failure));
    if (this.#loop === undefined) return Promise.reject(notRunningError(this.projection));
    return this.#waiters.wait(position, options, () => this.#stale(position));
  }

  async lag(): Promise<Lag & { readonly head: number }> {
    const { store, clock } = this.#around;
    const { events, head } = await store.readLog({ after: this.#position, limit: 1 });
    const oldest = events[0]?.recordedAt.getTime();
    return {
      head,
      events: Math.max(0, head - this.#position),
      ms: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest),
    };
  }

  async #follow(): Promise<void> {
    while (!this.#closing) {
      const idleMs = await this.#turn();
      if (idleMs > 0 && !this.#closing) await this.#idle(idleMs);
    }
  }

  /** @returns Milliseconds until the next turn, unless woken before. */
  async #turn(): Promise<number> {
    this.#woken = false;
    try {
      if (this.#rebuild) await this.#reset(this.#rebuild);
      if (this.#paused || this.#failure) return Infinity;
      const idleMs = await this.#advance();
      this.#recovered();
      return idleMs;
    } catch (error) {
      return this.#stumbled(error);
    }
  }

  async #advance(): Promise<number> {
    const { store, batchSize, pollIntervalMs } = this.#around;
    const { events } = await store.readLog({ after: this.#position, limit: batchSize });
    const due = this.#due(events);
    if (this.#paused || this.#closing) return Infinity;
    if (due.length > 0) {
      await this.#apply(due);
      return 0;
    }
    const first = events[0];
    return first ? Math.min(this.#dueInMs(first), pollIntervalMs) : pollIntervalMs;
  }

  async #apply(events: readonly RecordedEvent[]): Promise<void> {
    const { projection } = this;
    const from = this.#position;
    const to = events.at(-1)!.position; // never called without events
    await this.#around.store.applyBatch({ projection, events, from, to });
    this.#moved(to);
  }

  async #reset(rebuild: RebuildRequest): Promise<void> {
    this.#rebuild = undefined;
    try {
      await this.#around.store.reset(this.projection);
    } catch (error) {
      rebuild.failed(error);
      throw error;
    }
    this.#failure = undefined;
    this.#moved(0);
    rebuild.done();
  }

  async #stumbled(error: unknown): Promise<number> {
    try {
      if (isReadModelError(error, "CHECKPOINT_MOVED")) {
        this.#moved(await this.#around.store.loadCheckpoint(this.projection));
        return 0;
      }
      if (isReadModelError(error, "HANDLER_FAILED")) {
        await this.#applyUpTo(error);
        this.#fail(error);
        return Infinity;
      }
    } catch (another) {
      error = another;
    }
    this.#outage = error;
    this.#around.changed();
    return this.#around.retryDelayMs(++this.#attempts);
  }

  /** Applies what precedes the culprit, so that the read model stands right before it. */
  async #applyUpTo(failure: ReadModelError): Promise<void> {
    const culprit = failure.details["event"] as RecordedEvent; // `foldBatch` puts it there
    const { events } = await this.#around.store.readLog({
      after: this.#position,
      limit: this.#around.batchSize,
    });
    const sound = events.filter(({ position }) => position < culprit.position);
    if (sound.length > 0) await this.#apply(sound);
  }

  #fail(failure: ReadModelError): void {
    this.#failure = failure;
    this.#recovered();
    this.#waiters.fail(stoppedError(this.projection, this.#position, failure));
    this.#around.changed();
  }

  #moved(position: number): void {
    this.#position = position;
    this.#waiters.reached(position);
    this.#around.changed();
  }

  #recovered(): void {
    this.#attempts = 0;
    if (this.#outage === undefined) return;
    this.#outage = undefined;
    this.#around.changed();
  }

  #due(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    const end = events.findIndex((event) => this.#dueInMs(event) > 0);
    return end === -1 ? events : events.slice(0, end);
  }

  #dueInMs(event: RecordedEvent): number {
    const delayMs = this.#around.delayMs();
    if (delayMs === 0) return 0; // whatever the clocks of store and process think of each other
    return event.recordedAt.getTime() + delayMs - this.#around.clock.now();
  }

  #idle(ms: number): Promise<void> {
    if (this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === Infinity ? undefined : this.#around.scheduler.after(ms, wake);
      this.#wakeIdle = wake;
      function wake(): void {
        timer?.[Symbol.dispose]();
        resolve();
      }
    });
  }

  async #stale(wanted: number): Promise<ReadModelError<"STALE">> {
    return staleError(this.projection, this.#position, wanted, await this.#lagInTime());
  }

  /** Who has waited long enough is not kept for ever by a store that does not answer. */
  #lagInTime(): Promise<Lag | undefined> {
    return new Promise((resolve) => {
      const timer = this.#around.scheduler.after(LAG_PATIENCE_MS, () => resolve(undefined));
      void this.lag()
        .catch(() => undefined)
        .then((lag) => {
          timer[Symbol.dispose]();
          resolve(lag);
        });
    });
  }
}
