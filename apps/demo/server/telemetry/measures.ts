import type { MetricsRecord, MetricsStart } from "@counterpoint/bus/metrics";
import type { Limit } from "@counterpoint/bus/limit";
import type { Clock } from "@counterpoint/events";
import type { FollowerStatus } from "@counterpoint/read-model";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { HttpRecord } from "./http-watch.ts";
import type { AppliedBatch } from "./observed-store.ts";

/** What is asked for figures when somebody wants to see them. */
export interface Measured {
  readonly status: () => Promise<{
    readonly head: number;
    readonly projections: readonly FollowerStatus[];
  }>;
  readonly limit: Pick<Limit, "running" | "queued">;
}

export interface Measures {
  readonly onHttp: (record: HttpRecord) => void;
  readonly onStart: (start: MetricsStart) => void;
  readonly onMessage: (record: MetricsRecord) => void;
  readonly onApplied: (batch: AppliedBatch) => void;
  /** Counts something while it is there; the name is a label. */
  readonly streams: { readonly inc: (name: string) => void; readonly dec: (name: string) => void };
  readonly waiters: { readonly inc: () => void; readonly dec: () => void };
  /** Asks for the rest, and writes all of it in the text format of Prometheus. */
  text(measured: Measured): Promise<string>;
}

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Keeps the figures of one demo. Labels have as many values as there are routes, messages and projections. */
export function createMeasures(clock: Clock): Measures {
  const registry = new Registry();
  const registers = [registry];
  const http = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time until the answer begins.",
    labelNames: ["method", "route", "status"],
    buckets: SECONDS,
    registers,
  });
  const messages = new Histogram({
    name: "message_duration_seconds",
    help: "Time from the dispatch of a command or query to its outcome.",
    labelNames: ["kind", "type", "outcome", "code"],
    buckets: SECONDS,
    registers,
  });
  const inFlight = gauge("messages_in_flight", "Messages that are being handled.", "kind", "type");
  const commands = gauge("commands", "Commands under way, and those that wait.", "state");
  const batchEvents = new Histogram({
    name: "projection_batch_events",
    help: "Events in one step of a projection.",
    labelNames: ["projection"],
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers,
  });
  const batchDuration = new Histogram({
    name: "projection_batch_duration_seconds",
    help: "Time that one step of a projection takes.",
    labelNames: ["projection"],
    buckets: SECONDS,
    registers,
  });
  const applied = new Counter({
    name: "projection_events_total",
    help: "Events applied by this process.",
    labelNames: ["projection"],
    registers,
  });
  const head = gauge("log_head_position", "The highest position that readers may see.");
  const position = gauge("projection_position", "The checkpoint.", "projection");
  const lagEvents = gauge("projection_lag_events", "Head minus checkpoint.", "projection");
  const lagSeconds = gauge(
    ...(["projection_lag_seconds", "Age of the oldest event not applied.", "projection"] as const),
  );
  const rate = gauge(
    ...([
      "projection_events_per_second",
      "Applied over the last ten seconds.",
      "projection",
    ] as const),
  );
  const age = gauge(
    ...([
      "projection_checkpoint_age_seconds",
      "Since the checkpoint was moved.",
      "projection",
    ] as const),
  );
  const frozen = gauge("projection_frozen", "1 when one step takes too long.", "projection");
  const states = gauge("projection_state", "1 for the state that it is in.", "projection", "state");
  const deadLetters = gauge("projection_dead_letters", "Events set aside.", "projection");
  const waiters = gauge("projection_waiters", "Readers that wait for a token.");
  const streams = gauge("sse_clients", "Clients that follow a stream.", "stream");
  const up = gauge("store_up", "1 when the store answers.");
  waiters.set(0);
  const movedAtMs = new Map<string, number>();

  return {
    onHttp: ({ durationMs, ...labels }) => http.observe(labels, durationMs / 1_000),
    onStart: ({ kind, type }) => inFlight.inc({ kind, type }),
    onMessage({ kind, type, outcome, code = "", durationMs }) {
      inFlight.dec({ kind, type });
      messages.observe({ kind, type, outcome, code }, durationMs / 1_000);
    },
    onApplied({ projection, events, durationMs }) {
      movedAtMs.set(projection, clock.now());
      batchEvents.observe({ projection }, events);
      batchDuration.observe({ projection }, durationMs / 1_000);
      applied.inc({ projection }, events);
    },
    streams: {
      inc: (stream) => streams.inc({ stream }),
      dec: (stream) => streams.dec({ stream }),
    },
    waiters: { inc: () => waiters.inc(), dec: () => waiters.dec() },
    async text({ status, limit }) {
      commands.set({ state: "running" }, limit.running);
      commands.set({ state: "waiting" }, limit.queued);
      await status().then(show, () => up.set(0));
      return `${await registry.metrics()}\n${await processRegistry().metrics()}`;
    },
  };

  function show(status: Awaited<ReturnType<Measured["status"]>>): void {
    up.set(1);
    head.set(status.head);
    states.reset();
    for (const each of status.projections) {
      const { name: projection, lag, state } = each;
      position.set({ projection }, each.position);
      lagEvents.set({ projection }, lag.events);
      lagSeconds.set({ projection }, lag.ms / 1_000);
      rate.set({ projection }, each.eventsPerSecond);
      frozen.set({ projection }, each.frozen ? 1 : 0);
      deadLetters.set({ projection }, each.deadLetters);
      states.set({ projection, state }, 1);
      const movedMs = movedAtMs.get(projection);
      if (movedMs !== undefined) age.set({ projection }, (clock.now() - movedMs) / 1_000);
    }
  }

  function gauge(name: string, help: string, ...labelNames: string[]) {
    return new Gauge({ name, help, labelNames, registers });
  }
}

let ofProcess: Registry | undefined;

/** Memory, processor, event loop: once for the process, however many demos it runs. */
function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
