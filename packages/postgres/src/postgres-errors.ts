import { EventStoreError } from "@counterpoint/events";
import { ReadModelError } from "@counterpoint/read-model";

/** System errors and server states that say: not now. They say nothing of the statement. */
const OUTAGE_CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"],
  ...["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"],
  ...["57P01", "57P02", "57P03", "57P05"], // shutting down, crashed, starting up, idle for too long
  ...["25P03", "25P04"], // in a transaction for too long
]);

/** What `pg` and PGlite say without a code. */
const OUTAGE_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end|PGlite is clos)/;

/** Tells whether the connection is lost, or was not to be had. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code === undefined) return OUTAGE_MESSAGES.test(error.message);
  return OUTAGE_CODES.has(code) || code.startsWith("08");
}

/** States of a server that answers, and will do better later. */
const BUSY_CODES = new Set([
  ...["53000", "53100", "53200", "53300", "53400"], // out of connections, memory, disk
  ...["55P03", "57014"], // gave up waiting for a lock, took too long
  ...["25006", "0A000"], // a standby
  ...["40001", "40P01"], // still, after all tries
]);

/** @returns The SQLSTATE, or the system's code. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Deadlock, or two transactions that cannot both have been first: rolled back, and worth another try. */
export function isRetriable(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** A table has other columns than the statement was made for, or columns of other types. */
export function isOtherShape(error: unknown): boolean {
  return ["42703", "42804", "42883"].includes(codeOf(error) ?? "");
}

/** The schema, or one of its tables or functions, is not there. */
function isNotMigrated(error: unknown): boolean {
  return ["3F000", "42P01", "42883"].includes(codeOf(error) ?? "");
}

/** Says what a failure of the connection leaves behind. */
export type Outcome = "none" | "unknown";

/** Remembers of a failed statement whether its effect may have been committed all the same. */
const outcomes = new WeakMap<object, Outcome>();

/** @returns `"unknown"` when the statement that commits was sent before the error came. */
function outcomeOf(error: unknown): Outcome {
  return (typeof error === "object" && error !== null && outcomes.get(error)) || "none";
}

/** Rethrows an error that came when the statement that commits was under way. */
export function uncertain(error: unknown): never {
  if (typeof error === "object" && error !== null) outcomes.set(error, "unknown");
  throw error;
}

type Refusal = (
  message: string,
  options: { cause: unknown; details: Record<string, unknown> },
) => Error;

const asStoreError: Refusal = (message, options) =>
  new EventStoreError("UNAVAILABLE", message, options);
const asReadModelError: Refusal = (message, options) =>
  new ReadModelError("UNAVAILABLE", message, options);

/** What a port throws in place of a driver's error; everything else passes as it is. */
export function translate(error: unknown, schema: string, port: "store" | "read model"): unknown {
  const refuse = port === "store" ? asStoreError : asReadModelError;
  const reason =
    error instanceof Error && error.message !== "" ? error.message : String(codeOf(error));
  if (isOutage(error) || BUSY_CODES.has(codeOf(error) ?? "")) {
    const outcome = isOutage(error) ? outcomeOf(error) : "none";
    const effect =
      outcome === "unknown"
        ? " The connection was lost before the answer came: a write may have happened, or not. Read before you repeat it."
        : " Nothing was written.";
    return refuse(`Postgres is not available (${reason}).${effect}`, {
      cause: error,
      details: { outcome },
    });
  }
  if (isNotMigrated(error)) {
    return refuse(
      `The database has no schema ${schema} as this version needs it (${reason}): run migrate(db, { schema: "${schema}" }) first.`,
      { cause: error, details: { outcome: "none" } },
    );
  }
  return error;
}
