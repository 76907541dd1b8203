import type { DispatchOptions } from "@counterpoint/bus";
import type { Context } from "hono";

const CORRELATION_ID = "X-Correlation-Id";
const USABLE_ID = /^[\x21-\x7e]{1,128}$/;

/** Says who asks and on account of what. A client may bring a correlation id of its own; it is told the one in use. */
export function requestContext(createId: () => string): (context: Context) => DispatchOptions {
  return function requestContext(c) {
    const given = c.req.header(CORRELATION_ID);
    const correlationId = given !== undefined && USABLE_ID.test(given) ? given : createId();
    c.header(CORRELATION_ID, correlationId);
    return { metadata: { correlationId, actor: "anonymous" } };
  };
}
