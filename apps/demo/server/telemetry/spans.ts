import type { Tracer } from "@opentelemetry/api";
import { systemScheduler } from "@counterpoint/events";
import { within } from "../within.ts";

/** Where spans go; nowhere when nobody asked for them. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what has not been sent, and waits two seconds at most for the collector. */
  stop(): Promise<void>;
}

const STOP_MS = 2_000;

/**
 * Begins to trace, if somebody wants to see it: to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names (the exporter
 * reads it, and its relatives, itself), or to the console. What it needs is loaded only then.
 */
export async function startTracing(wanted: {
  readonly console: boolean;
  readonly endpoint: string | undefined;
}): Promise<Tracing | undefined> {
  if (!wanted.console && !wanted.endpoint) return undefined;
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "counterpoint-demo" }),
    spanProcessors: [
      ...(wanted.endpoint ? [new sdk.BatchSpanProcessor(new OTLPTraceExporter())] : []),
      ...(wanted.console ? [new sdk.SimpleSpanProcessor(new sdk.ConsoleSpanExporter())] : []),
    ],
  });
  return {
    tracer: provider.getTracer("counterpoint-demo"),
    stop: () =>
      within(STOP_MS, systemScheduler, provider.shutdown()).catch((error: unknown) =>
        console.error("The last spans could not be sent:", error),
      ),
  };
}
