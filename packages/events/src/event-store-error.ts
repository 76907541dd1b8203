import type { ExpectedVersion } from "./event-store.ts";

/** Names what an event store refuses or cannot do. */
export type EventStoreErrorCode =
  "CONCURRENCY" | "INVALID_EVENT" | "INVALID_TOKEN" | "UNAVAILABLE" | "UPCAST_FAILED";

interface EventStoreErrorOptions {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Reports what an event store refused (`CONCURRENCY`, `INVALID_…`) or could not do (`UNAVAILABLE`: try again later; `UPCAST_FAILED`). */
export class EventStoreError<
  TCode extends EventStoreErrorCode = EventStoreErrorCode,
> extends Error {
  override readonly name: string = "EventStoreError";
  readonly code: TCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: TCode, message: string, options: EventStoreErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Reports that a stream is not at the version that the writer had in mind. Nothing was written. */
export class ConcurrencyError extends EventStoreError<"CONCURRENCY"> {
  override readonly name = "ConcurrencyError";
  readonly stream: string;
  readonly expected: ExpectedVersion;
  /** The stream's version; 0 when it does not exist. */
  readonly actual: number;

  constructor(stream: string, expected: ExpectedVersion, actual: number) {
    super(
      "CONCURRENCY",
      `Expected stream ${stream} ${inWords(expected)}, but it ${actual === 0 ? "does not exist" : `is at version ${actual}`}.` +
        ` Load it again and decide anew.`,
      { details: { stream, expected, actual } },
    );
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/**
 * Tells whether a value is an `EventStoreError`, and of the given code if one is given.
 *
 * Compares name and code, not identity, so that it holds across duplicate installs of the package.
 */
export function isEventStoreError<TCode extends EventStoreErrorCode = EventStoreErrorCode>(
  error: unknown,
  code?: TCode,
): error is EventStoreError<TCode> {
  return (
    error instanceof Error &&
    (error.name === "EventStoreError" || error.name === "ConcurrencyError") &&
    "code" in error &&
    (code === undefined || error.code === code)
  );
}

/** Tells whether a value is a `ConcurrencyError`. Fits `retry({ when: isConcurrencyError })`. */
export function isConcurrencyError(error: unknown): error is ConcurrencyError {
  return isEventStoreError(error, "CONCURRENCY");
}

function inWords(expected: ExpectedVersion): string {
  switch (expected) {
    case "any":
      return "at any version";
    case "none":
    case 0:
      return "not to exist";
    case "exists":
      return "to exist";
    default:
      return `at version ${expected}`;
  }
}
