import type { Tracer } from "@opentelemetry/api";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { childOf, spanContextOf, traceparentOf } from "./trace-context.ts";

/** What became of one request. */
export interface HttpRecord {
  readonly method: string;
  /** The pattern of the route: of these there are as many as routes, whatever paths are asked for. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

interface WatchOptions {
  readonly record: (record: HttpRecord) => void;
  /** Without one, nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
}

const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Measures and traces every request until the answer begins: a stream goes on behind its head. */
export function watchHttp({ record, tracer, now }: WatchOptions): MiddlewareHandler {
  return async function watchHttp(c, next) {
    const startedAt = now();
    const span = tracer?.startSpan(
      c.req.method,
      { kind: SpanKind.SERVER, attributes: { "url.path": c.req.path } },
      childOf(spanContextOf(c.req.header("traceparent"))),
    );
    if (span) c.set("traceparent", traceparentOf(span.spanContext()));
    await next();
    const method = KNOWN_METHODS.has(c.req.method) ? c.req.method : "OTHER";
    const { status } = c.res;
    const route = routeOf(c);
    record({ method, route, status, durationMs: now() - startedAt });
    if (!span) return;
    span.updateName(`${method} ${route}`);
    span.setAttributes({
      "http.request.method": method,
      "http.route": route,
      "http.response.status_code": status,
    });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
}

/** The span of a request, for what it sets off. */
export function traceOf(c: Context): { readonly traceparent?: string } {
  const traceparent = c.get("traceparent") as string | undefined; // nobody else sets it
  return traceparent === undefined ? {} : { traceparent };
}

function routeOf(c: Context): string {
  return matchedRoutes(c).find(({ method }) => method !== "ALL")?.path ?? "none";
}
