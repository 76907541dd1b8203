import { SpanStatusCode, context as active, trace } from "@opentelemetry/api";
import type { CreateTracing } from "./tracing-model.ts";

const FLAWS = [
  "ignores the parent",
  "takes capitals for digits",
  "takes a trace of zeros",
  "takes a parent of zeros",
  "takes version ff",
  "takes version 00 with more behind it",
  "takes no version but 00",
  "takes anything behind the flags",
  "samples whatever the parent says",
  "hands down the parent in the place of itself",
  "hands down nothing",
  "hands down half of the metadata",
  "writes into the metadata that it was given",
  "hands down other flags",
  "never ends what has failed",
  "never ends what goes well",
  "sets no status",
  "says ok in so many words",
  "records no exception",
  "records the class of coded errors",
  "names spans by type alone",
  "leaves out the kind",
  "leaves out the correlation",
  "puts the payload into the span",
  "wraps failures",
] as const;
type Flaw = (typeof FLAWS)[number];

/** Tracing by hand, written without a look at the real one, and what can be wrong about it. */
function plainTracing(flaw?: Flaw): CreateTracing {
  const is = (...flaws: readonly Flaw[]): boolean => flaws.some((each) => each === flaw);

  const parentOf = (header: unknown) => {
    if (typeof header !== "string" || is("ignores the parent")) return undefined;
    const text = is("takes capitals for digits") ? header.toLowerCase() : header;
    const tail = is("takes anything behind the flags") ? "[^]*" : "(-.*)?";
    const found = new RegExp(
      `^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})${tail}$`,
    ).exec(text);
    if (!found) return undefined;
    const [, version, traceId = "", spanId = "", flags = ""] = found;
    if (version === "ff" && !is("takes version ff")) return undefined;
    if (version !== "00" && is("takes no version but 00")) return undefined;
    if (
      version === "00" &&
      text.length > 55 &&
      !is("takes version 00 with more behind it", "takes anything behind the flags")
    )
      return undefined;
    const zeros = (digits: string): boolean => /^0+$/.test(digits);
    if (zeros(traceId) && !is("takes a trace of zeros")) return undefined;
    if (zeros(spanId) && !is("takes a parent of zeros")) return undefined;
    const traceFlags = is("samples whatever the parent says") ? 1 : Number.parseInt(flags, 16);
    return { traceId, spanId, traceFlags, isRemote: true };
  };

  return ({ tracer }) =>
    async (message, next, context) => {
      const { contract, metadata } = context;
      const parent = parentOf(metadata["traceparent"]);
      const around = parent ? trace.setSpanContext(active.active(), parent) : active.active();
      const name = is("names spans by type alone")
        ? contract.type
        : `${contract.kind} ${contract.type}`;
      const span = tracer.startSpan(name, {}, around);
      span.setAttribute("messaging.system", "counterpoint");
      if (!is("leaves out the kind")) span.setAttribute("messaging.operation.name", contract.kind);
      span.setAttribute("messaging.destination.name", contract.type);
      if (metadata.correlationId !== undefined && !is("leaves out the correlation")) {
        span.setAttribute("messaging.message.conversation_id", metadata.correlationId);
      }
      if (is("puts the payload into the span"))
        span.setAttribute("payload", String(message.payload));

      const { traceId, spanId, traceFlags } =
        is("hands down the parent in the place of itself") && parent ? parent : span.spanContext();
      const flags = is("hands down other flags") ? "00" : `0${traceFlags.toString(16)}`.slice(-2);
      const traceparent = `00-${traceId}-${spanId}-${flags}`;
      if (is("writes into the metadata that it was given"))
        Object.assign(metadata, { traceparent });
      const handed = is("hands down nothing")
        ? metadata
        : is("hands down half of the metadata")
          ? { traceparent }
          : { ...metadata, traceparent };
      try {
        const result = await next(message, { ...context, metadata: handed });
        if (is("says ok in so many words")) span.setStatus({ code: SpanStatusCode.OK });
        if (!is("never ends what goes well")) span.end();
        return result;
      } catch (error) {
        const told =
          error instanceof Error ? error : typeof error === "string" ? error : typeof error;
        const text = typeof told === "string" ? told : told.message;
        const { code } = Object(error) as { code?: unknown };
        const kind = error instanceof Error ? error.name : typeof error;
        span.setAttribute(
          "error.type",
          typeof code === "string" && !is("records the class of coded errors") ? code : kind,
        );
        if (!is("records no exception")) span.recordException(told);
        if (!is("sets no status")) span.setStatus({ code: SpanStatusCode.ERROR, message: text });
        if (!is("never ends what has failed")) span.end();
        if (is("wraps failures")) throw new Error("failed", { cause: error });
        throw error;
      }
    };
}

export const rightTracing: CreateTracing = plainTracing();

export const wrongTracing: Readonly<Record<string, CreateTracing>> = Object.fromEntries(
  FLAWS.map((flaw) => [flaw, plainTracing(flaw)]),
);
