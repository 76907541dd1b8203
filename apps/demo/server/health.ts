import type { EventLog, Scheduler } from "@counterpoint/events";
import { documented, problem, problemResponse } from "@counterpoint/hono";
import type { FollowerStatus } from "@counterpoint/read-model";
import { Hono } from "hono";
import { within } from "./within.ts";

interface HealthOptions {
  readonly store: Pick<EventLog, "head">;
  readonly projector: {
    status(): Promise<{ readonly projections: readonly FollowerStatus[] }>;
  };
  readonly scheduler: Scheduler;
}

/** What readiness hangs on, each for itself: `ok`, `unknown`, or what is wrong in a sentence. */
interface Checks {
  readonly store: string;
  /** No projection has stopped, or was never started. */
  readonly projections: string;
  /** Whoever reads the log gets on with it: a step that takes seconds hangs. */
  readonly reader: string;
}

const OK = "ok";
const UNKNOWN = "unknown";
const PATIENCE_MS = 2_000;

/** Live while the process answers; ready while the store does, no projection has stopped and the reader is not frozen. */
export function health(options: HealthOptions) {
  const { live, ready } = OPERATIONS;
  return new Hono()
    .get(
      "/live",
      documented(live, (c) => c.json({ status: "live" })),
    )
    .get(
      "/ready",
      documented(ready, async (c) => {
        const checks = await check(options);
        const flaws = Object.values(checks).filter(
          (found: string) => ![OK, UNKNOWN].includes(found),
        );
        if (flaws.length === 0) return c.json({ status: "ready", checks });
        const more = { retryAfterS: 1, extensions: { checks } };
        return problemResponse(problem(503, "NOT_READY", flaws.join(" "), more), c.req.path);
      }),
    );
}

async function check({ store, projector, scheduler }: HealthOptions): Promise<Checks> {
  try {
    const asked = Promise.all([store.head(), projector.status()]);
    const [, { projections }] = await within(PATIENCE_MS, scheduler, asked);
    const halted = projections.find(({ state }) => state === "stopped" || state === "idle");
    const frozen = projections.find((each) => each.frozen);
    return {
      store: OK,
      projections: halted
        ? `The projection ${halted.name} is ${halted.state}. ${halted.error ?? ""}`.trim()
        : OK,
      reader: frozen ? `The reader is frozen: ${frozen.name} hangs at one step.` : OK,
    };
  } catch {
    return { store: "The store does not answer.", projections: UNKNOWN, reader: UNKNOWN };
  }
}

const text = { type: "string" };
const OPERATIONS = {
  live: healthy("Tells whether the process answers", "live"),
  ready: {
    ...healthy("Tells whether the store answers and all that follows the log gets on", "ready", {
      checks: {
        type: "object",
        properties: { store: text, projections: text, reader: text },
        required: ["store", "projections", "reader"],
      },
    }),
    problems: [503],
  },
};

function healthy(summary: string, status: string, more: Readonly<Record<string, unknown>> = {}) {
  const properties = { status: { const: status }, ...more };
  const schema = { type: "object", properties, required: Object.keys(properties) };
  const ok = { description: summary, content: { "application/json": { schema } } };
  return { summary, security: [], responses: { 200: ok } };
}
