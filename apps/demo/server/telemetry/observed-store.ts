import type { EventStore, RecordedEvent, StreamAppend } from "@counterpoint/events";
import type { ProjectionBatch } from "@counterpoint/read-model";
import type { Span, Tracer } from "@opentelemetry/api";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { DemoStore } from "../wiring.ts";
import { childOf, spanContextOf, traceparentOf } from "./trace-context.ts";

/** One stretch of the log that has become part of a read model. */
export interface AppliedBatch {
  readonly projection: string;
  readonly events: number;
  readonly durationMs: number;
}

export interface ObserveOptions {
  readonly onApplied: (batch: AppliedBatch) => void;
  /** Without one, nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
}

const MOST_LINKS = 128;

/**
 * Watches a store at work: a span for what is appended, whose id travels with the events, and one for each batch that a
 * projection applies, which links to the spans of its events. A batch of a single trace belongs to that trace as well.
 */
export function observedStore(
  store: DemoStore,
  { onApplied, tracer, now }: ObserveOptions,
): DemoStore {
  return {
    ...store,
    append: tracer ? (append) => tracedAppend(store, tracer, append) : store.append,
    async applyBatch(batch) {
      const startedAt = now();
      const apply = () => store.applyBatch(batch);
      await (tracer ? during(spanOf(tracer, batch), apply) : apply());
      const { projection, events } = batch;
      const durationMs = now() - startedAt;
      onApplied({ projection: projection.name, events: events.length, durationMs });
    },
  };
}

async function tracedAppend(
  store: Pick<EventStore, "append">,
  tracer: Tracer,
  given: StreamAppend | readonly StreamAppend[],
) {
  const appends = [given].flat() as readonly StreamAppend[]; // one, or a list
  const types = appends.flatMap(({ events }) => events.map(({ type }) => type));
  const attributes = {
    "counterpoint.streams": appends.map(({ stream }) => stream),
    "counterpoint.events": types,
  };
  const parent = childOf(spanContextOf(appends[0]?.metadata?.["traceparent"]));
  const options = { kind: SpanKind.PRODUCER, attributes };
  const span = tracer.startSpan(`append ${[...new Set(types)].join(", ")}`, options, parent);
  const traceparent = traceparentOf(span.spanContext());
  const traced = appends.map(({ metadata, ...append }) => ({
    ...append,
    metadata: { ...metadata, traceparent },
  }));
  return during(span, async () => {
    const appended = await store.append(traced);
    span.setAttribute("counterpoint.position", appended.position);
    return appended;
  });
}

function spanOf(tracer: Tracer, { projection, events, from, to }: ProjectionBatch): Span {
  const contexts = contextsOf(events);
  const [first] = contexts;
  const isOneTrace = contexts.every(({ traceId }) => traceId === first?.traceId);
  return tracer.startSpan(
    `project ${projection.name}`,
    {
      kind: SpanKind.CONSUMER,
      links: contexts.slice(0, MOST_LINKS).map((context) => ({ context })),
      attributes: {
        "counterpoint.projection": projection.name,
        "counterpoint.from": from,
        "counterpoint.to": to,
        "messaging.batch.message_count": events.length,
      },
    },
    childOf(isOneTrace ? first : undefined),
  );
}

/** The spans that appended the events, each once. */
function contextsOf(events: readonly RecordedEvent[]) {
  const traceparents = new Set(events.map(({ metadata }) => metadata["traceparent"]));
  return [...traceparents].flatMap((traceparent) => spanContextOf(traceparent) ?? []);
}

async function during<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
