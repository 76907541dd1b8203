import { BusError } from "../bus-error.ts";
import type { Middleware } from "../middleware.ts";
import type { SchemaIssue, StandardSchema } from "../standard-schema.ts";
import { chain } from "../thenable.ts";
import { optionsOf } from "./options.ts";

/** One thing that is wrong with a payload or a result, in a form that survives JSON. */
export interface ValidationIssue {
  readonly message: string;
  /** Keys from the root to the value; empty for the root itself. */
  readonly path: readonly (string | number)[];
}

export interface ValidateOptions {
  /** Whether to hold what handlers answer to the contract's result schema as well. Default `false`. */
  readonly results?: boolean;
}

/**
 * Holds every payload to its contract's schema before the handler sees it, and hands on what the schema yields
 * (trimmed, coerced, with defaults).
 *
 * Issues arrive as `BusError` with code `INVALID_PAYLOAD` and `details.issues`, all of them at once. With `results` the
 * answer is held to its schema as well and the caller gets what that yields; its code is `INVALID_RESULT`, and the
 * handler has done its work by then. A schema that answers synchronously keeps the dispatch synchronous.
 *
 * @throws {TypeError} When an option is unknown or of another type.
 * @example
 * ```ts
 * import { command, CommandBus } from "@counterpoint/bus";
 * import { validate } from "@counterpoint/bus/validate";
 * import { z } from "zod";
 *
 * const RenameUser = command("RenameUser", {
 *   payload: z.object({ name: z.string().trim().min(1) }),
 *   result: z.string(),
 * });
 * const commands = new CommandBus({ middleware: [validate()] }).register(
 *   RenameUser,
 *   ({ name }) => name,
 * );
 * await commands.dispatch(RenameUser({ name: " Grace " })); // => "Grace"
 * ```
 */
export function validate(options: ValidateOptions = {}): Middleware {
  const { results = false } = optionsOf("validate", options, { results: "boolean" });
  return function validate(message, next, { contract }) {
    const answer = chain(
      check("payload", contract.payload, message.payload, message.type),
      (payload) => (payload === message.payload ? next() : next({ ...message, payload })),
    );
    return results && contract.kind !== "event"
      ? chain(answer, (result) => check("result", contract.result, result, message.type))
      : answer;
  };
}

/** @returns What the schema makes of the value, or a promise of it. */
function check(part: "payload" | "result", schema: StandardSchema, value: unknown, type: string) {
  return chain(schema["~standard"].validate(value), (checked) => {
    if (checked.issues) throw rejection(part, type, checked.issues);
    return checked.value;
  });
}

function rejection(part: "payload" | "result", type: string, found: readonly SchemaIssue[]) {
  const issues = found.map(asIssue);
  const list = issues.map(({ path, message }) => `${path.join(".") || part}: ${message}`);
  return new BusError(
    part === "payload" ? "INVALID_PAYLOAD" : "INVALID_RESULT",
    `Invalid ${part} of ${type}: ${list.join("; ")}`,
    { details: { type, issues } },
  );
}

function asIssue({ message, path = [] }: SchemaIssue): ValidationIssue {
  const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
  return { message, path: keys.map((key) => (typeof key === "symbol" ? String(key) : key)) };
}
