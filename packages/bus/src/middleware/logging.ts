import type { Metadata } from "../context.ts";
import type { Middleware } from "../middleware.ts";
import type { Kinds } from "./options.ts";
import { optionsOf } from "./options.ts";

/** What is known of one message after it was handled. The payload is left out: it may hold what no log should. */
export interface LogRecord {
  readonly type: string;
  readonly kind: "command" | "query" | "event";
  readonly outcome: "ok" | "failed";
  readonly durationMs: number;
  readonly metadata: Metadata;
  /** What the handler threw. Absent when it did not. */
  readonly error?: unknown;
}

export interface LoggingOptions {
  /**
   * Takes each record. Default: one line on the console. What it throws is reported on the console: a broken log does
   * not turn a message that was handled into one that failed.
   */
  readonly log?: (record: LogRecord) => void;
  /** Reads a clock in milliseconds, of any origin. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Records the outcome and duration of every message, once it is known. Results and errors pass unchanged.
 *
 * @throws {TypeError} When an option is unknown or of another type.
 * @example
 * ```ts
 * import { command, CommandBus, type } from "@counterpoint/bus";
 * import { logging } from "@counterpoint/bus/logging";
 *
 * const RenameUser = command("RenameUser", { payload: type<{ name: string }>() });
 * const logged = logging({
 *   log: ({ type, outcome }) => console.log(type, outcome), // => RenameUser ok
 * });
 * const commands = new CommandBus({ middleware: [logged] }).register(RenameUser, () => {});
 * await commands.dispatch(RenameUser({ name: "Grace" }));
 * ```
 */
export function logging(options: LoggingOptions = {}): Middleware {
  const { log = logToConsole, now = () => performance.now() } = optionsOf(
    "logging",
    options,
    KINDS,
  );
  const write = (record: LogRecord): void => {
    try {
      log(record);
    } catch (error) {
      console.error(`The log refused ${record.kind} ${record.type}:`, error);
    }
  };
  return async function logging(message, next, context) {
    const startedAt = now();
    const entry = { type: message.type, kind: context.contract.kind, metadata: context.metadata };
    let result: unknown;
    try {
      result = await next();
    } catch (error) {
      write({ ...entry, outcome: "failed", durationMs: now() - startedAt, error });
      throw error;
    }
    write({ ...entry, outcome: "ok", durationMs: now() - startedAt });
    return result;
  };
}

const KINDS: Kinds<LoggingOptions> = { log: "function", now: "function" };

function logToConsole({ type, kind, outcome, durationMs, error }: LogRecord): void {
  const line = `${kind} ${type} ${outcome} ${durationMs.toFixed(1)} ms`;
  if (outcome === "ok") console.info(line);
  else console.error(line, error);
}
