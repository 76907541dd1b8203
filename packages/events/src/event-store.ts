import type { EventMessage, Metadata } from "@counterpoint/bus";
import type { ConsistencyToken } from "./consistency-token.ts";
import type { RecordedEvent } from "./recorded-event.ts";

/**
 * Says what a stream must look like for an append to go through.
 *
 * - `"any"`: no check. Concurrent appends never conflict.
 * - `"none"`, or 0: the stream does not exist. Of concurrent creates exactly one wins.
 * - `"exists"`: the stream exists, at whatever version.
 * - a number: the stream is at exactly this version.
 */
export type ExpectedVersion = "any" | "none" | "exists" | number;

/** Events for one stream, to be written together. */
export interface StreamAppend {
  /** Any text without U+0000, 1 to 512 characters. By convention `category-id`. */
  readonly stream: string;
  /** At least one. Payloads are JSON. */
  readonly events: readonly EventMessage[];
  /** Default `"any"`. */
  readonly expectedVersion?: ExpectedVersion;
  /** Recorded with each event: correlation, causation, actor and keys of your own, all JSON. */
  readonly metadata?: Metadata;
}

/** What an append wrote. */
export interface AppendResult {
  /** All events as recorded, in the order of their positions. */
  readonly events: readonly RecordedEvent[];
  /** One entry per stream, in the order given. */
  readonly streams: readonly AppendedStream[];
  /** The position of the last event. */
  readonly position: number;
  /** Present it to a reader that must be at least this fresh. */
  readonly token: ConsistencyToken;
}

export interface AppendedStream {
  readonly stream: string;
  /** The version of the last event written. */
  readonly version: number;
  /** `true` when the stream did not exist before. */
  readonly created: boolean;
}

export interface ReadStreamOptions {
  /** The first version to return; integer ≥ 1. Default 1. */
  readonly fromVersion?: number;
  /** How many events at the most; integer ≥ 1. Default: all. */
  readonly limit?: number;
}

/** Writes and reads streams of events: the port of the write side. */
export interface EventStore {
  /**
   * Appends to one stream, or to several at once: all of it is written, or nothing is.
   *
   * Inline projections are applied in the same transaction; when one fails, nothing was written.
   *
   * @throws {ConcurrencyError} When a stream is not at its expected version.
   * @throws {EventStoreError} `INVALID_EVENT` when a payload or the metadata is not JSON.
   * @throws {TypeError} When a stream is named twice, an append has no events, or a name is unusable.
   * @throws {RangeError} When an expected version is not an integer ≥ 0.
   */
  append(append: StreamAppend | readonly StreamAppend[]): Promise<AppendResult>;

  /**
   * Reads a stream in the order of its versions.
   *
   * @returns The events; empty when the stream does not exist or ends before `fromVersion`.
   * @throws {RangeError} When an option is not an integer ≥ 1.
   */
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
}
