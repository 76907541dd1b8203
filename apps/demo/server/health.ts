import type { EventLog } from "@counterpoint/events";
import { documented, problem, problemResponse } from "@counterpoint/hono";
import type { Projector } from "@counterpoint/read-model";
import { Hono } from "hono";

interface HealthOptions {
  readonly store: Pick<EventLog, "head">;
  readonly projector: Pick<Projector, "status">;
}

/** Live while the process answers; ready while the store does and no projection has stopped. */
export function health({ store, projector }: HealthOptions) {
  const ready = healthy("Tells whether the store answers and no projection has stopped", "ready");
  return new Hono()
    .get(
      "/live",
      documented(healthy("Tells whether the process answers", "live"), function live(c) {
        return c.json({ status: "live" });
      }),
    )
    .get(
      "/ready",
      documented({ ...ready, problems: [503] }, async function ready(c) {
        const flaw = await flawOf(store, projector);
        if (flaw === undefined) return c.json({ status: "ready" });
        return problemResponse(problem(503, "NOT_READY", flaw, { retryAfterS: 1 }), c.req.path);
      }),
    );
}

function healthy(summary: string, status: string) {
  const schema = {
    type: "object",
    properties: { status: { const: status } },
    required: ["status"],
  };
  const ok = { description: summary, content: { "application/json": { schema } } };
  return { summary, security: [], responses: { 200: ok } };
}

async function flawOf(
  store: HealthOptions["store"],
  projector: HealthOptions["projector"],
): Promise<string | undefined> {
  try {
    await store.head();
    const { projections } = await projector.status();
    const halted = projections.find(({ state }) => state === "stopped" || state === "idle");
    return (
      halted && `The projection ${halted.name} is ${halted.state}. ${halted.error ?? ""}`.trim()
    );
  } catch {
    return "The store does not answer.";
  }
}
