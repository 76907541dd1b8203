import type { CommandBus, DispatchOptions, MessageOf, QueryBus } from "@counterpoint/bus";
import type { Scheduler } from "@counterpoint/events";
import { commandRoute, eventStream, queryRoute } from "@counterpoint/hono";
import type { Context } from "hono";
import { Hono } from "hono";
import { reportFailure } from "../log/routes.ts";
import type { LabStatus } from "./messages.ts";
import {
  GetLabStatus,
  PauseProjector,
  RebuildReadModel,
  ResumeProjector,
  SetProjectorDelay,
} from "./messages.ts";

type LabCommand = MessageOf<
  | typeof SetProjectorDelay
  | typeof PauseProjector
  | typeof ResumeProjector
  | typeof RebuildReadModel
>;

export interface LabRoutesOptions {
  readonly commands: CommandBus<LabCommand>;
  readonly queries: QueryBus<MessageOf<typeof GetLabStatus>>;
  readonly context: (context: Context) => DispatchOptions;
  /** Calls back when the status may have changed. */
  readonly onChange: (listener: () => void) => Disposable;
  /** Ends the streams, for a graceful shutdown. */
  readonly signal: AbortSignal;
  readonly scheduler: Scheduler;
}

/** The HTTP face of the lab: its controls, and its instruments once and live. */
export function labRoutes(options: LabRoutesOptions) {
  const { commands, queries, context, onChange, signal, scheduler } = options;
  const done = () => ({ status: 204 as const, body: null });
  const control = { context, reply: done, body: false } as const;
  return new Hono()
    .get(
      "/status",
      queryRoute(queries, GetLabStatus, {
        context,
        reply: (body: LabStatus) => ({ status: 200, body }),
      }),
    )
    .get("/status/stream", async (c) => {
      const who = context(c);
      await queries.dispatch(GetLabStatus(), who); // whoever may not hears so, instead of silence
      let last = "";
      return eventStream({
        next: async () => {
          const status = await queries.dispatch(GetLabStatus(), who);
          const text = JSON.stringify(status);
          if (text === last) return [];
          last = text;
          return [{ data: status }];
        },
        onHint: onChange,
        signals: [signal, c.req.raw.signal],
        pollMs: 500,
        restMs: 100,
        report: reportFailure,
        scheduler,
      });
    })
    .put("/delay", commandRoute(commands, SetProjectorDelay, { context, reply: done }))
    .post("/pause", commandRoute(commands, PauseProjector, control))
    .post("/resume", commandRoute(commands, ResumeProjector, control))
    .post("/rebuild", commandRoute(commands, RebuildReadModel, control));
}
