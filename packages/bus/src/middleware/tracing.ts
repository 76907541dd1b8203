import type { Span, SpanContext, Tracer } from "@opentelemetry/api";
import { SpanStatusCode, context as active, isSpanContextValid, trace } from "@opentelemetry/api";
import type { Context } from "../context.ts";
import type { Middleware } from "../middleware.ts";
import { optionsOf } from "./options.ts";

export interface TracingOptions {
  /** Makes the spans: `trace.getTracer("my-app")` of `@opentelemetry/api`. */
  readonly tracer: Tracer;
}

/**
 * Makes an OpenTelemetry span of every message, named like `command CreateUser`.
 *
 * Its parent is `metadata.traceparent` (W3C Trace Context), if there is a valid one, or else the active span, if the
 * application keeps one. What lies below receives the new span as `metadata.traceparent` in its context: hand that context
 * on to nested dispatches, and its metadata to the events that you record, and the trace goes on wherever they are read.
 * Other keys stay as they are, `tracestate` among them.
 *
 * Attributes are `messaging.system` (`counterpoint`), `messaging.operation.name` (the kind), `messaging.destination.name`
 * (the type) and, where there is one, `messaging.message.conversation_id` (the correlation id); on failure `error.type`
 * (the error's code or name), with status and exception. The payload is left out: it may hold what no trace should.
 *
 * @throws {TypeError} When there is no tracer, or another option.
 * @see https://www.w3.org/TR/trace-context/
 * @example
 * ```ts
 * import { CommandBus } from "@counterpoint/bus";
 * import { tracing } from "@counterpoint/bus/tracing";
 * import { trace } from "@opentelemetry/api";
 *
 * const commands = new CommandBus({ middleware: [tracing({ tracer: trace.getTracer("users") })] });
 * ```
 */
export function tracing(options: TracingOptions): Middleware {
  const { tracer } = optionsOf("tracing", options, { tracer: "object or function" });
  if (typeof tracer?.startSpan !== "function") {
    throw new TypeError("Expected tracing({ tracer }) to be a tracer of @opentelemetry/api.");
  }
  return async function tracing(message, next, context) {
    const { contract, metadata } = context;
    const remote = spanContextOf(metadata["traceparent"]);
    const parent = remote ? trace.setSpanContext(active.active(), remote) : active.active();
    const attributes = {
      "messaging.system": "counterpoint",
      "messaging.operation.name": contract.kind,
      "messaging.destination.name": contract.type,
      ...(metadata.correlationId !== undefined && {
        "messaging.message.conversation_id": metadata.correlationId,
      }),
    };
    const span = tracer.startSpan(`${contract.kind} ${contract.type}`, { attributes }, parent);
    try {
      return await active.with(trace.setSpan(parent, span), () =>
        next(message, traced(context, span.spanContext())),
      );
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  };
}

/** @returns The context with the span as `traceparent`; unchanged when nothing is traced. */
function traced(context: Context, span: SpanContext): Context {
  if (!isSpanContextValid(span)) return context;
  const flags = span.traceFlags.toString(16).padStart(2, "0");
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
  return { ...context, metadata: { ...context.metadata, traceparent } };
}

/** Versions above 00 may go on after the flags; ff is none. */
const TRACEPARENT =
  /^(?:00-(?=.{52}$)|(?!ff|00)[\da-f]{2}-)([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

function spanContextOf(traceparent: unknown): SpanContext | undefined {
  const found = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent) : null;
  const [, traceId = "", spanId = "", flags = ""] = found ?? [];
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}

function fail(span: Span, error: unknown): void {
  const { code } = Object(error) as { readonly code?: unknown }; // any value may be asked then
  const exception =
    error instanceof Error ? error : typeof error === "string" ? error : typeof error;
  const { name, message } =
    typeof exception === "string" ? { name: typeof error, message: exception } : exception;
  span.recordException(exception);
  span.setAttribute("error.type", typeof code === "string" ? code : name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
