import type { EventMessage } from "@counterpoint/bus";
import { ConcurrencyError, EventStoreError } from "./event-store-error.ts";
import type { ExpectedVersion, ReadStreamOptions, StreamAppend } from "./event-store.ts";
import type { ReadLogOptions } from "./event-log.ts";
import { copyJson, isStorableText } from "./json.ts";
import type { Json, JsonObject } from "./recorded-event.ts";

/** One append after every check that needs no store: what is left for an adapter is to write it. */
export interface PreparedAppend {
  readonly stream: string;
  readonly expectedVersion: ExpectedVersion;
  readonly events: readonly { readonly type: string; readonly payload: Json | undefined }[];
  readonly metadata: JsonObject;
}

/**
 * Checks the arguments of `append` and copies what is to be stored. Adapters share it, so that all refuse the same.
 *
 * @throws What {@link EventStore.append} throws for bad input.
 */
export function prepareAppends(
  append: StreamAppend | readonly StreamAppend[],
): readonly PreparedAppend[] {
  const appends = Array.isArray(append)
    ? (append as readonly StreamAppend[])
    : [append as StreamAppend]; // isArray does not narrow readonly arrays
  if (appends.length === 0) throw new TypeError("Expected at least one stream to append to.");
  const seen = new Set<string>();
  return appends.map((one) => {
    const prepared = prepare(one);
    if (seen.has(prepared.stream)) {
      throw new TypeError(
        `Stream ${prepared.stream} is named twice in one append; put its events together.`,
      );
    }
    seen.add(prepared.stream);
    return prepared;
  });
}

function prepare(append: StreamAppend): PreparedAppend {
  if (typeof append !== "object" || append === null) {
    throw new TypeError(`Expected an append { stream, events, … }, got ${describe(append)}.`);
  }
  const { stream, events, expectedVersion = "any", metadata = {} } = append;
  assertStreamName(stream);
  if (!Array.isArray(events) || events.length === 0) {
    throw new TypeError(`Expected at least one event for stream ${stream}.`);
  }
  assertExpectedVersion(expectedVersion);
  return {
    stream,
    expectedVersion,
    events: Array.from(events as readonly EventMessage[], ({ type, payload }) => {
      if (typeof type !== "string" || !isStorableText(type)) {
        throw new EventStoreError(
          "INVALID_EVENT",
          `An event for ${stream} has no usable type name.`,
        );
      }
      return {
        type,
        payload: payload === undefined ? undefined : copyJson(payload, `${type} payload`),
      };
    }),
    metadata: copyJson(metadata, "metadata") as JsonObject, // an object goes in, so an object comes out
  };
}

/** @throws {TypeError} When the name is not 1 to 512 characters of text that every adapter can store. */
export function assertStreamName(stream: string): void {
  if (typeof stream !== "string" || stream.length === 0 || stream.length > 512) {
    throw new TypeError(`Expected a stream name of 1 to 512 characters, got ${describe(stream)}.`);
  }
  if (!isStorableText(stream)) {
    throw new TypeError("A stream name must be well-formed text without U+0000.");
  }
}

function assertExpectedVersion(expected: ExpectedVersion): void {
  if (expected === "any" || expected === "none" || expected === "exists") return;
  if (Number.isSafeInteger(expected) && expected >= 0) return;
  const got = typeof expected === "string" ? shortened(expected) : String(expected);
  throw new RangeError(
    `Expected expectedVersion to be an integer ≥ 0 or one of "any", "none", "exists", got ${got}.`,
  );
}

/** @throws {ConcurrencyError} When a stream at `actual` (0: it does not exist) is not what the writer expected. */
export function checkVersion(stream: string, expected: ExpectedVersion, actual: number): void {
  const holds =
    expected === "any" ||
    (expected === "exists" ? actual > 0 : actual === (expected === "none" ? 0 : expected));
  if (!holds) throw new ConcurrencyError(stream, expected, actual);
}

/** @throws {RangeError} When the options are out of range. */
export function assertReadStream({ fromVersion, limit }: ReadStreamOptions): void {
  if (fromVersion !== undefined) assertInteger("fromVersion", fromVersion, 1);
  if (limit !== undefined) assertInteger("limit", limit, 1);
}

/** @throws {RangeError} When the options are out of range. */
export function assertReadLog({ after, limit }: ReadLogOptions): void {
  assertInteger("after", after, 0);
  assertInteger("limit", limit, 1);
}

/** @throws {RangeError} When the value is not a safe integer from `least` on. */
export function assertInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`Expected ${name} to be an integer ≥ ${least}, got ${describe(value)}.`);
  }
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);
}

function describe(value: unknown): string {
  return typeof value === "string" ? `${value.length} characters` : String(value);
}
