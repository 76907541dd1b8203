/** Names what the read side refuses or reports. */
export type ReadModelErrorCode =
  | "STALE"
  | "PROJECTION_STOPPED"
  | "NOT_RUNNING"
  | "TOO_MANY_WAITERS"
  | "ABORTED"
  | "UNKNOWN_PROJECTION"
  | "HANDLER_FAILED"
  | "CHECKPOINT_MOVED"
  | "FENCED"
  | "OUT_OF_ORDER"
  | "DEAD_LETTER_NOT_FOUND"
  | "UNAVAILABLE";

interface ReadModelErrorOptions {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Reports what the read side refused or could not do. */
export class ReadModelError<TCode extends ReadModelErrorCode = ReadModelErrorCode> extends Error {
  override readonly name = "ReadModelError";
  readonly code: TCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: TCode, message: string, options: ReadModelErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/**
 * Tells whether a value is a `ReadModelError`, and of the given code if one is given.
 *
 * Compares name and code, not identity, so that it holds across duplicate installs of the package.
 */
export function isReadModelError<TCode extends ReadModelErrorCode = ReadModelErrorCode>(
  error: unknown,
  code?: TCode,
): error is ReadModelError<TCode> {
  return (
    error instanceof Error &&
    error.name === "ReadModelError" &&
    "code" in error &&
    (code === undefined || error.code === code)
  );
}
