import type { Clock, EventLog, LogSlice, RecordedEvent } from "@counterpoint/events";
import type { Follower, Lease } from "./follower.ts";
import { unreadable } from "./event-key.ts";
import { eventsOf, partitionOfUnreadable } from "./follower.ts";
import type { PoisonOptions } from "./poison-handling.ts";
import { PoisonHandling } from "./poison-handling.ts";
import type { ProgressStore, Step } from "./progress-store.ts";
import type { ReadModelError } from "./read-model-error.ts";
import { isReadModelError } from "./read-model-error.ts";

export interface WalkOptions extends PoisonOptions {
  readonly store: ProgressStore & EventLog;
  readonly clock: Clock;
  readonly batchSize: number;
  readonly pollIntervalMs: number;
}

/** A stretch of the log on its way to its effect. */
export interface Stretch {
  /** Those of the partition. */
  readonly events: readonly RecordedEvent[];
  readonly step: Step;
  /** Notes that the store has moved the checkpoint; at the end, it is at `step.to` unless `goesOn` said no. */
  readonly reached: (position: number) => void;
  /** `false` when the stretch should end after the event under way. */
  readonly goesOn: () => boolean;
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

/** On whose behalf a partition walks along the log. */
export interface WalkHost {
  delayMs(): number;
  /** Whether to go on under this lease: not paused, not ending, not lost. */
  goesOn(lease: Lease): boolean;
  /** Gives a stretch of the log its effect and moves the checkpoint. */
  handle(stretch: Stretch): Promise<void>;
  /** Hears that the checkpoint has moved. */
  reached(position: number, lease: Lease): void;
  /** Called when the log has nothing more for now. @returns `true` when the walk has come to its end. */
  caughtUp?(lease: Lease): Promise<boolean>;
  measured(batch: HandledBatch): void;
}

/** What has come of one step. */
export type Outcome =
  | { readonly act: "go on"; readonly restMs: number }
  | { readonly act: "retry"; readonly failure: ReadModelError; readonly attempts: number }
  | { readonly act: "halt"; readonly reason: string }
  | { readonly act: "end" };

/** Takes one partition along the log: reads, has events handled as far as they are sound, and judges the culprit. */
export class LogWalk {
  readonly #follower: Follower;
  readonly #options: WalkOptions;
  readonly #host: WalkHost;
  readonly #poison: PoisonHandling;
  #position = 0;
  #ahead: ReadAhead | undefined;

  constructor(follower: Follower, options: WalkOptions, host: WalkHost) {
    this.#follower = follower;
    this.#options = options;
    this.#host = host;
    this.#poison = new PoisonHandling(options);
  }

  /** Tries a failing event as often as if it had never failed: somebody may have repaired something. */
  forgive(): void {
    this.#poison.forget();
  }

  /**
   * Takes one step.
   *
   * @param position - The checkpoint.
   * @throws What the store throws.
   */
  async advance(position: number, lease: Lease): Promise<Outcome> {
    const { batchSize, pollIntervalMs } = this.#options;
    this.#position = position;
    const { events, limit, failed: unread } = await this.#read(position);
    const due = this.#due(events);
    if (!this.#host.goesOn(lease)) return NOW;
    const disorder = disorderIn(unread ? [unread.culprit] : events, position);
    if (disorder !== undefined) return this.#halt(disorder, lease);
    if (unread && this.#dueInMs(unread.culprit) <= 0) return this.#judgeUnread(unread, lease);
    if (due.length > 0) {
      if (due.length === batchSize) this.#readAhead(due.at(-1)!.position);
      const failed = await this.#handleSound(due, lease);
      if (failed) return this.#judge(failed, lease);
    }
    const isAtEnd = due.length === events.length && events.length < limit && limit === batchSize;
    if (isAtEnd && (await this.#host.caughtUp?.(lease))) return { act: "end" };
    if (due.length > 0) return NOW;
    const first = unread?.culprit ?? events[0];
    const restMs = first ? Math.min(this.#dueInMs(first), pollIntervalMs) : pollIntervalMs;
    return { act: "go on", restMs };
  }

  /** Reads on, as far as events can be upcast. @returns The failure alone when not even the next one can. */
  async #read(after: number): Promise<{
    readonly events: readonly RecordedEvent[];
    readonly limit: number;
    readonly failed?: Failed;
  }> {
    const { store, batchSize } = this.#options;
    const ahead = await this.#takeAhead(after);
    if (ahead) return { events: ahead, limit: batchSize };
    let failed: Failed | undefined;
    for (let limit = batchSize; limit > 0;) {
      try {
        const { events } = await store.readLog({ after, limit });
        return { events, limit };
      } catch (error) {
        const failure = unreadable(this.#follower, error);
        if (!failure) throw error;
        const { event: culprit } = failure.details as { readonly event: RecordedEvent }; // it was made so
        failed = { culprit, failure };
        limit = Math.min(limit >> 1, culprit.position - after - 1); // before the culprit there may be others
      }
    }
    return { events: [], limit: 0, ...(failed && { failed }) };
  }

  /** One partition judges what none can read; the others go past it. */
  async #judgeUnread(failed: Failed, lease: Lease): Promise<Outcome> {
    const { culprit } = failed;
    if (partitionOfUnreadable(this.#follower, culprit, lease.partitions) === lease.partition) {
      return this.#judge(failed, lease);
    }
    await this.#handle([], lease, { upTo: culprit });
    return NOW;
  }

  /**
   * What was read ahead still holds, as nothing new can come before what was once read; but where it ended, the log may
   * have grown since.
   */
  async #takeAhead(after: number): Promise<readonly RecordedEvent[] | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const events = ahead?.after === after ? (await ahead.slice)?.events : undefined;
    return events?.length === this.#options.batchSize ? events : undefined;
  }

  /** Reads the next batch while this one is handled. */
  #readAhead(after: number): void {
    const { store, batchSize: limit } = this.#options;
    const slice = store.readLog({ after, limit }).catch(() => undefined); // then it is read when its turn comes
    this.#ahead = { after, slice };
  }

  /** Handles events as far as they are sound. @returns What then fails, if anything does. */
  async #handleSound(due: readonly RecordedEvent[], lease: Lease): Promise<Failed | undefined> {
    let failed: Failed | undefined;
    for (let events = due; events.length > 0;) {
      try {
        await this.#handle(events, lease, {});
        return failed;
      } catch (error) {
        failed = failedOn(error, events);
        if (!failed) throw error;
        const { culprit } = failed;
        events = events.filter(
          ({ position }) => position > this.#position && position < culprit.position,
        );
      }
    }
    return failed;
  }

  async #judge({ culprit, failure }: Failed, lease: Lease): Promise<Outcome> {
    if (!this.#host.goesOn(lease)) return NOW;
    const verdict = this.#poison.verdictOn(culprit, failure);
    if (verdict.act === "retry") return { ...verdict, failure };
    if (verdict.act === "halt") return this.#halt(verdict.reason, lease);
    await this.#handle([], lease, { poison: verdict.poison });
    return NOW;
  }

  async #halt(reason: string, lease: Lease): Promise<Outcome> {
    await this.#options.store.halt(lease, reason);
    return { act: "halt", reason };
  }

  async #handle(
    events: readonly RecordedEvent[],
    lease: Lease,
    { poison, upTo }: Pick<Step, "poison"> & { readonly upTo?: RecordedEvent },
  ): Promise<void> {
    const { clock } = this.#options;
    const last = upTo ?? poison?.event ?? events.at(-1)!; // never called without any
    const mine = eventsOf(this.#follower, events, lease);
    const beganMs = clock.now();
    await this.#host.handle({
      events: mine,
      step: { from: this.#position, to: last.position, lease, ...(poison && { poison }) },
      reached: (position) => {
        this.#position = position;
        this.#host.reached(position, lease);
      },
      goesOn: () => this.#host.goesOn(lease),
    });
    const endedMs = clock.now();
    this.#host.measured({
      name: this.#follower.name,
      partition: lease.partition,
      events: mine.filter(({ position }) => position <= this.#position).length,
      durationMs: endedMs - beganMs,
      position: this.#position,
      lagMs: Math.max(0, endedMs - last.recordedAt.getTime()),
    });
  }

  #due(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    const end = events.findIndex((event) => this.#dueInMs(event) > 0);
    return end === -1 ? events : events.slice(0, end);
  }

  #dueInMs(event: RecordedEvent): number {
    const delayMs = this.#host.delayMs();
    if (delayMs === 0) return 0; // whatever the clocks of store and process think of each other
    return event.recordedAt.getTime() + delayMs - this.#options.clock.now();
  }
}

const NOW: Outcome = { act: "go on", restMs: 0 };

interface ReadAhead {
  readonly after: number;
  readonly slice: Promise<LogSlice | undefined>;
}

interface Failed {
  readonly culprit: RecordedEvent;
  readonly failure: ReadModelError;
}

/**
 * Tells what is wrong with the order of a slice. Whoever followed such a log would handle events twice, or for ever; no
 * policy for a failing event helps, as it is none that fails.
 */
function disorderIn(events: readonly RecordedEvent[], after: number): string | undefined {
  let last = after;
  for (const { type, position } of events) {
    if (!(position > last)) {
      return `the log is broken: behind position ${last} it shows ${type} at position ${position}; correct the store, then resume`;
    }
    last = position;
  }
  return undefined;
}

/** Tells on which event a handler has failed, if that is what happened and it is one of these. */
function failedOn(error: unknown, events: readonly RecordedEvent[]): Failed | undefined {
  if (!isReadModelError(error, "HANDLER_FAILED")) return undefined;
  const { event } = error.details as { readonly event?: RecordedEvent }; // whoever throws HANDLER_FAILED names it
  const culprit = events.find(({ position }) => position === event?.position);
  return culprit && { culprit, failure: error };
}
