import type { RecordedEvent } from "./recorded-event.ts";

export interface ReadLogOptions {
  /** Only events behind this position; integer ≥ 0. */
  readonly after: number;
  /** How many events at the most; integer ≥ 1. */
  readonly limit: number;
}

/** A stretch of the log. */
export interface LogSlice {
  /** In the order of positions. */
  readonly events: readonly RecordedEvent[];
  /** The highest position that readers may see at this moment; 0 for an empty log. */
  readonly head: number;
}

/** Reads the events of all streams in one order: what projectors and other followers build on. */
export interface EventLog {
  /**
   * Reads what follows a position. What was once read is never preceded by something new: a follower that continues
   * `after` the last event it was given misses nothing.
   *
   * @throws {RangeError} When an option is out of range.
   * @throws {EventStoreError} `UPCAST_FAILED` when one of these events cannot be upcast; fewer, before it, can be read.
   */
  readLog(options: ReadLogOptions): Promise<LogSlice>;

  /** Reads the highest position that readers may see; 0 for an empty log. */
  head(): Promise<number>;

  /**
   * Calls the listener soon after an append. A hint, and no more: it may come late, twice, merged or not at all, so
   * followers poll as well. It comes after the append, whose outcome it cannot change: what a listener throws
   * goes to the store's `onListenerError`, and the other listeners hear all the same.
   */
  onAppend(listener: () => void): Disposable;
}
