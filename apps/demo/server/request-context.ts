import type { DispatchOptions } from "@counterpoint/bus";
import { ProblemError, problem } from "@counterpoint/hono";
import type { Context } from "hono";
import { callerOf } from "./access/authenticate.ts";
import { traceOf } from "./telemetry/http-watch.ts";

const CORRELATION_ID = "X-Correlation-Id";
const IDEMPOTENCY_KEY = "Idempotency-Key";
const USABLE_KEY = /^[\x21-\x7e]{1,255}$/;
const USABLE_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Says who asks and on account of what. A client may bring a correlation id of its own; it is told the one in use.
 * A read without one gets none: it leaves nothing behind that an id could tie together.
 */
export function requestContext(createId: () => string): (context: Context) => DispatchOptions {
  return function requestContext(c) {
    const caller = { ...callerOf(c), ...traceOf(c) };
    const given = c.req.header(CORRELATION_ID);
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (given === undefined && isRead) return { metadata: { ...caller } };
    const correlationId = given !== undefined && USABLE_ID.test(given) ? given : createId();
    c.header(CORRELATION_ID, correlationId);
    const idempotencyKey = isRead ? undefined : keyOf(c.req.header(IDEMPOTENCY_KEY));
    return {
      metadata: {
        ...caller,
        correlationId,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      },
    };
  };
}

/** A key that cannot be used is refused, unlike a correlation id: whoever sends one relies on it. */
function keyOf(given: string | undefined): string | undefined {
  if (given === undefined || USABLE_KEY.test(given)) return given;
  const detail = `${IDEMPOTENCY_KEY} must have 1 to 255 visible ASCII characters.`;
  throw new ProblemError(problem(400, "INVALID_IDEMPOTENCY_KEY", detail));
}
