import type { CommandBus, DispatchOptions, MessageOf } from "@counterpoint/bus";
import { commandRoute } from "@counterpoint/hono";
import type { Context } from "hono";
import { Hono } from "hono";
import { RunOrderingExperiment } from "./messages.ts";

interface OrderingRoutesOptions {
  readonly commands: CommandBus<MessageOf<typeof RunOrderingExperiment>>;
  /** Says who asks. */
  readonly context: (context: Context) => DispatchOptions;
}

/** Experiments with the order of the log. Whoever hangs up cuts theirs short. */
export function orderingRoutes({ commands, context }: OrderingRoutesOptions) {
  return new Hono().post(
    "/",
    commandRoute(commands, RunOrderingExperiment, {
      context: (c) => ({ ...context(c), signal: c.req.raw.signal }),
      reply: (body) => ({ status: 200, body }),
      docs: { status: 200, takes: ["Idempotency-Key"], problems: [409, 422] },
    }),
  );
}
