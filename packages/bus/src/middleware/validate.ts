import { BusError } from "../bus-error.ts";
import type { Message } from "../contract.ts";
import type { Middleware, Next } from "../middleware.ts";
import type { SchemaIssue, SchemaResult } from "../standard-schema.ts";

/** One thing that is wrong with a payload, in a form that survives JSON. */
export interface ValidationIssue {
  readonly message: string;
  /** Keys from the payload's root to the value; empty for the payload itself. */
  readonly path: readonly (string | number)[];
}

/**
 * Holds every payload to its contract's schema before the handler sees it, and hands on what the schema yields
 * (trimmed, coerced, with defaults).
 *
 * Issues arrive as `BusError` with code `INVALID_PAYLOAD` and `details.issues`, all of them at once. A schema that answers
 * synchronously keeps the dispatch synchronous.
 *
 * @example
 * const commands = new CommandBus({ middleware: [validate()] });
 */
export function validate(): Middleware {
  return function validate(message, next, context) {
    const checked = context.contract.payload["~standard"].validate(message.payload);
    return checked instanceof Promise
      ? checked.then((result) => proceed(result, message, next))
      : proceed(checked, message, next);
  };
}

function proceed(result: SchemaResult<unknown>, message: Message, next: Next): unknown {
  if (result.issues !== undefined) throw rejection(message, result.issues);
  return result.value === message.payload ? next() : next({ ...message, payload: result.value });
}

function rejection(message: Message, found: readonly SchemaIssue[]): BusError<"INVALID_PAYLOAD"> {
  const issues = found.map(asIssue);
  const list = issues.map(({ path, message }) => `${path.join(".") || "payload"}: ${message}`);
  return new BusError("INVALID_PAYLOAD", `Invalid payload of ${message.type}: ${list.join("; ")}`, {
    details: { type: message.type, issues },
  });
}

function asIssue({ message, path = [] }: SchemaIssue): ValidationIssue {
  const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
  return { message, path: keys.map((key) => (typeof key === "symbol" ? String(key) : key)) };
}
