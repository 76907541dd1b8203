import type { BusErrorCode } from "@counterpoint/bus";
import { isBusError } from "@counterpoint/bus";
import type { EventStoreErrorCode } from "@counterpoint/events";
import { isEventStoreError } from "@counterpoint/events";
import type { ReadModelErrorCode } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/**
 * Describes an error for HTTP clients, as RFC 9457 does.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export interface Problem {
  readonly status: ContentfulStatusCode;
  /** What kind of problem, in a few words that never vary. */
  readonly title: string;
  /** What happened this time. */
  readonly detail: string;
  /** A name for programs; becomes the last part of `type`. */
  readonly code: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterS?: number;
  /** Members of your own. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

const BUS: Record<BusErrorCode, ContentfulStatusCode> = {
  HANDLER_NOT_FOUND: 501,
  DUPLICATE_HANDLER: 500,
  INVALID_MESSAGE: 400,
  INVALID_PAYLOAD: 400,
  INVALID_RESULT: 500,
  FORBIDDEN: 403,
  ABORTED: 503,
  DEADLINE_EXCEEDED: 504,
  IDEMPOTENCY_IN_PROGRESS: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  OVERLOADED: 503,
};

const EVENT_STORE: Record<EventStoreErrorCode, ContentfulStatusCode> = {
  CONCURRENCY: 409,
  INVALID_EVENT: 400,
  INVALID_TOKEN: 400,
  UNAVAILABLE: 503,
  UPCAST_FAILED: 500,
};

const READ_MODEL: Record<ReadModelErrorCode, ContentfulStatusCode> = {
  STALE: 503,
  PROJECTION_STOPPED: 503,
  NOT_RUNNING: 503,
  TOO_MANY_WAITERS: 503,
  ABORTED: 503,
  UNKNOWN_PROJECTION: 500,
  HANDLER_FAILED: 500,
  CHECKPOINT_MOVED: 503,
  FENCED: 503,
  OUT_OF_ORDER: 409,
  DEAD_LETTER_NOT_FOUND: 404,
  UNAVAILABLE: 503,
};

/** Errors whose message quotes what broke behind the scenes: clients are told this much instead. */
const WITHHELD: Readonly<Record<string, string>> = {
  UNAVAILABLE: "The store does not answer right now.",
  PROJECTION_STOPPED: "The read model has stopped and gets no fresher.",
};

const LOGGED = "The error was logged on the server.";

const TITLES: Partial<Record<ContentfulStatusCode, string>> = {
  400: "The request is not valid",
  401: "Who are you?",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  408: "The request took too long",
  409: "Conflict with the current state",
  413: "The request is too large",
  415: "Unsupported media type",
  421: "Not a host of this server",
  422: "The request cannot be carried out",
  429: "Too many requests",
  431: "The request is too large",
  500: "Something broke on the server",
  501: "Not implemented",
  503: "Not available right now",
  504: "It took too long",
};

/**
 * Makes a problem from a status and what happened.
 *
 * @example
 * ```ts
 * import { problem } from "@counterpoint/hono";
 *
 * problem(404, "USER_NOT_FOUND", "There is no user 7.").title; // => "Not found"
 * ```
 */
export function problem(
  status: ContentfulStatusCode,
  code: string,
  detail: string,
  more: Pick<Problem, "retryAfterS" | "extensions"> = {},
): Problem {
  return { status, code, detail, title: TITLES[status] ?? "Error", ...more };
}

/** Refuses a request; `problems` answers with what it holds, and so does an app without it. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  /** What Hono's own error handler looks for. */
  getResponse(): Response {
    return problemResponse(this.problem);
  }
}

/**
 * Describes an error of Counterpoint or of Hono. Anything else is an internal error, and what it says stays inside.
 *
 * @example
 * ```ts
 * import { BusError } from "@counterpoint/bus";
 * import { problemOf } from "@counterpoint/hono";
 *
 * problemOf(new BusError("FORBIDDEN", "Only editors may do that.")).status; // => 403
 * ```
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isBusError(error)) return described(BUS[error.code], error);
  if (isEventStoreError(error)) return described(EVENT_STORE[error.code], error);
  if (isReadModelError(error)) return described(READ_MODEL[error.code], error);
  if (error instanceof HTTPException) {
    const status = error.status as ContentfulStatusCode; // an error always has content
    const detail = error.status < 500 ? error.message || (TITLES[status] ?? "Error") : LOGGED;
    return problem(status, "HTTP", detail);
  }
  return problem(500, "INTERNAL", LOGGED);
}

interface DescribedError {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** @param status - `undefined` for a code that this version does not know yet. */
function described(
  status: ContentfulStatusCode | undefined,
  { code, message, details }: DescribedError,
): Problem {
  if (status === undefined || status === 500) return problem(500, code, LOGGED);
  const { issues, lag, retryAfterMs } = details;
  const extensions = {
    ...(Array.isArray(issues) && issuesOf(issues)),
    ...(lag !== undefined && { lag }),
  };
  return problem(status, code, WITHHELD[code] ?? message, {
    extensions,
    ...(status === 503 && { retryAfterS: secondsOf(retryAfterMs ?? msOf(lag)) }),
  });
}

/** However much is wrong with a request, the answer stays small. */
const MOST_ISSUES = 20;
const LONGEST_TEXT = 500;

function issuesOf(found: readonly { readonly message: string; readonly path: unknown }[]) {
  const issues = found
    .slice(0, MOST_ISSUES)
    .map((issue) => ({ ...issue, message: clipped(issue.message) }));
  return { issues, error: issues.map(({ message }) => message).join("; ") };
}

function clipped(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

function msOf(lag: unknown): unknown {
  return typeof lag === "object" && lag !== null && "ms" in lag ? lag.ms : 0;
}

function secondsOf(ms: unknown): number {
  const seconds = typeof ms === "number" ? Math.ceil(ms / 1000) : 1;
  return Math.min(Math.max(1, seconds), 30);
}

/**
 * Answers with a problem: `application/problem+json`, `Retry-After` where it applies, and the member `error`.
 *
 * @param instance - The path of the request.
 */
export function problemResponse(problem: Problem, instance?: string): Response {
  const { status } = problem;
  return new Response(problemBody(problem, instance), { status, headers: problemHeaders(problem) });
}

export function problemBody(
  { status, title, detail, code, extensions }: Problem,
  instance: string | undefined,
): string {
  const type = `urn:counterpoint:problem:${code.toLowerCase().replaceAll("_", "-")}`;
  const what = clipped(detail);
  const where = instance === undefined ? {} : { instance: clipped(instance) };
  return JSON.stringify({
    ...{ type, title, status, detail: what, ...where, code, error: what },
    ...extensions,
  });
}

export function problemHeaders({ retryAfterS }: Problem): Record<string, string> {
  return {
    "content-type": "application/problem+json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(retryAfterS !== undefined && { "retry-after": String(retryAfterS) }),
  };
}
