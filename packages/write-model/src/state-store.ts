import type { AppendResult, StreamAppend } from "@counterpoint/events";

/** A row of the write side. */
export interface StoredState {
  readonly state: unknown;
  readonly version: number;
  /** The position of the aggregate's last event. */
  readonly position: number;
}

/** A row and the events that explain it, to be written together. */
export interface StateChange extends StreamAppend {
  /** The collection (in SQL: the table) of this kind of aggregate; `[a-z_][a-z0-9_]*`, at most 63 characters. */
  readonly collection: string;
  /** Any text without U+0000. */
  readonly id: string;
  /** The state after the events; JSON. */
  readonly state: unknown;
}

/** Keeps one row per aggregate beside the log: the port behind state-stored repositories. */
export interface StateStore {
  /** @returns `undefined` when there is no row. */
  loadState(collection: string, id: string): Promise<StoredState | undefined>;

  /**
   * Writes the row, appends the events and applies inline projections in one transaction: the log serves as outbox.
   *
   * @throws What `EventStore.append` throws; also `INVALID_EVENT` when the state is not JSON or the id no text that every
   *   store can hold. Nothing was written then.
   */
  saveState(change: StateChange): Promise<AppendResult>;
}
