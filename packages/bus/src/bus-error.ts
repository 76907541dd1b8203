/** Names what a bus or one of its middlewares refuses. */
export type BusErrorCode =
  | "HANDLER_NOT_FOUND"
  | "DUPLICATE_HANDLER"
  | "INVALID_MESSAGE"
  | "INVALID_PAYLOAD"
  | "INVALID_RESULT"
  | "FORBIDDEN"
  | "ABORTED"
  | "DEADLINE_EXCEEDED"
  | "OVERLOADED"
  | "IDEMPOTENCY_IN_PROGRESS"
  | "IDEMPOTENCY_KEY_REUSED";

interface BusErrorOptions {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Reports what the bus itself refused. Errors of handlers are never wrapped in it.
 *
 * @example
 * ```ts
 * import { BusError, isBusError } from "@counterpoint/bus";
 *
 * const error: unknown = new BusError("FORBIDDEN", "Only editors may do that.");
 * isBusError(error, "FORBIDDEN"); // => true
 * isBusError(error, "OVERLOADED"); // => false
 * ```
 */
export class BusError<TCode extends BusErrorCode = BusErrorCode> extends Error {
  override readonly name = "BusError";
  readonly code: TCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: TCode, message: string, options: BusErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/**
 * Tells whether a value is a `BusError`, and of the given code if one is given.
 *
 * Compares name and code, not identity, so that it holds across duplicate installs of the package.
 */
export function isBusError<TCode extends BusErrorCode = BusErrorCode>(
  error: unknown,
  code?: TCode,
): error is BusError<TCode> {
  return (
    error instanceof Error &&
    error.name === "BusError" &&
    "code" in error &&
    (code === undefined || error.code === code)
  );
}
