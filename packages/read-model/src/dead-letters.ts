import type { RecordedEvent } from "@counterpoint/events";
import { isEventStoreError } from "@counterpoint/events";
import { handlerFailed } from "./event-key.ts";
import { ReadModelError } from "./read-model-error.ts";

/** What to do with an event that still fails after its retries: skip it alone, or park everything of its key. */
export type SetAside = "skip" | "park";

/** An event that could not be handled, on its way to the dead letters. */
export interface Poison {
  readonly event: RecordedEvent;
  readonly error: string;
  /** How often it was tried; integer ≥ 0. */
  readonly attempts: number;
  /** `behind`: it was not tried, because its key is parked. */
  readonly policy: SetAside | "behind";
}

/**
 * An event that a follower has not handled, and why. One follower has at most one letter for a position: what is set aside
 * again stays as it was.
 */
export interface DeadLetter {
  /** The projection or reaction. */
  readonly name: string;
  readonly position: number;
  /** `""` when the event's key cannot be told; such a letter is always `skipped`, as nothing can wait behind it. */
  readonly key: string;
  /** As today's code sees it, or as it was recorded when it is `unreadable`. */
  readonly event: RecordedEvent;
  /** Why the event cannot be upcast. Such a letter cannot be retried. */
  readonly unreadable?: string;
  /**
   * - `skipped`: it failed, and later events of its key were handled without it.
   * - `parked`: it failed, and later events of its key wait behind it.
   * - `behind`: it was not tried; it waits behind a parked one.
   */
  readonly reason: "skipped" | "parked" | "behind";
  /** What it failed with last; empty for `behind`. */
  readonly error: string;
  readonly attempts: number;
  readonly setAsideAt: Date;
}

/** One entry of the log of what was done about dead letters. Entries are never changed or removed. */
export interface DeadLetterAct {
  readonly name: string;
  readonly position: number;
  readonly act: "set aside" | "retried" | "retry failed" | "discarded" | "cleared by a rebuild";
  readonly actor: string;
  readonly reason: string;
  readonly at: Date;
}

/** Says who does something about a dead letter, and why; goes into the audit log. */
export interface DeadLetterOrder {
  /** Default `"system"`. */
  readonly actor?: string;
  readonly reason?: string;
}

export interface ListDeadLettersOptions {
  /** Only letters of this key. */
  readonly key?: string;
  /** Only letters behind this position; integer ≥ 0. Default 0. */
  readonly after?: number;
  /** How many at the most; integer ≥ 1. Default 100. */
  readonly limit?: number;
}

/** Keeps what could not be handled, durably, and what was done about it. */
export interface DeadLetterStore {
  /** Lists the letters of one follower in the order of positions. */
  listDeadLetters(name: string, options?: ListDeadLettersOptions): Promise<readonly DeadLetter[]>;

  /** Counts the letters of one follower. */
  countDeadLetters(name: string): Promise<number>;

  /** Tells which of these keys are parked, that is, have a letter that is `parked` or `behind`: their events have to wait. */
  parkedKeys(name: string, keys: readonly string[]): Promise<readonly string[]>;

  /**
   * Takes a letter away and writes down why. When it was the last of its key, the key is no longer parked.
   *
   * @returns `false` when there is no such letter (any more).
   */
  closeDeadLetter(
    name: string,
    position: number,
    act: "retried" | "discarded",
    order?: DeadLetterOrder,
  ): Promise<boolean>;

  /** Writes down that a retry has failed, and with what. When there is no such letter (any more), nothing happens. */
  noteFailedRetry(
    name: string,
    position: number,
    error: string,
    order?: DeadLetterOrder,
  ): Promise<void>;

  /** Lists what was done, oldest first. */
  listDeadLetterActs(
    name: string,
    options?: { readonly limit?: number },
  ): Promise<readonly DeadLetterAct[]>;
}

/** Reads the event of a letter, so that it can be inspected also when it cannot be upcast. */
export function readForLetter(read: () => RecordedEvent): Pick<DeadLetter, "event" | "unreadable"> {
  try {
    return { event: read() };
  } catch (error) {
    if (!isEventStoreError(error, "UPCAST_FAILED")) throw error;
    const { event } = error.details as { readonly event: RecordedEvent }; // whoever throws UPCAST_FAILED names it
    return { event, unreadable: error.message };
  }
}

/** @throws {ReadModelError} `HANDLER_FAILED` when the event of a letter cannot be upcast. */
export function assertReadable({ name, event, unreadable }: DeadLetter): void {
  if (unreadable !== undefined) throw handlerFailed({ name }, event, unreadable);
}

/** Makes the error for a letter that has to wait for an older one of its key. */
export function outOfOrder(
  name: string,
  first: number,
  key: string,
): ReadModelError<"OUT_OF_ORDER"> {
  return new ReadModelError(
    "OUT_OF_ORDER",
    `Retry position ${first} of ${name} first: it is about ${key} as well.`,
    { details: { projection: name, position: first, key } },
  );
}
