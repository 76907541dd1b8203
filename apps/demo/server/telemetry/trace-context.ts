import type { Context as TraceContext, SpanContext } from "@opentelemetry/api";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";

/** Reads the span that something belongs to, from W3C Trace Context. */
export function spanContextOf(traceparent: unknown): SpanContext | undefined {
  const found = typeof traceparent === "string" ? parseTraceParent(traceparent) : null;
  return found ? { ...found, isRemote: true } : undefined;
}

/** Makes what a new span is to be a child of; a root when there is nothing. */
export function childOf(parent: SpanContext | undefined): TraceContext {
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

/** Writes a span as W3C Trace Context, so that it can travel in metadata. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
