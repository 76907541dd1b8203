import type { DispatchOptions } from "@counterpoint/bus";
import type { Context } from "hono";
import { callerOf } from "./access/authenticate.ts";

const CORRELATION_ID = "X-Correlation-Id";
const USABLE_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Says who asks and on account of what. A client may bring a correlation id of its own; it is told the one in use.
 * A read without one gets none: it leaves nothing behind that an id could tie together.
 */
export function requestContext(createId: () => string): (context: Context) => DispatchOptions {
  return function requestContext(c) {
    const caller = callerOf(c);
    const given = c.req.header(CORRELATION_ID);
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (given === undefined && isRead) return { metadata: { ...caller } };
    const correlationId = given !== undefined && USABLE_ID.test(given) ? given : createId();
    c.header(CORRELATION_ID, correlationId);
    return { metadata: { ...caller, correlationId } };
  };
}
