import type { CommandBus, DispatchOptions, MessageOf, QueryBus } from "@counterpoint/bus";
import type { Scheduler } from "@counterpoint/events";
import { commandRoute, documented, eventStream, queryRoute } from "@counterpoint/hono";
import type { Context } from "hono";
import { Hono } from "hono";
import { streamOperation } from "../docs/stream-operation.ts";
import { reportFailure } from "../log/routes.ts";
import {
  AddWorker,
  CancelBurst,
  DiscardDeadLetter,
  GetLabStatus,
  KillLeader,
  ListDeadLetters,
  PauseProjector,
  RebuildReadModel,
  ResetLab,
  ResumeProjector,
  RetryAllDeadLetters,
  RetryDeadLetter,
  SetBug,
  SetCrash,
  SetDuplicates,
  SetPoisonPolicy,
  SetProjectorDelay,
  SetWakeUps,
  StartBurst,
} from "./messages.ts";
import type { DeadLetterList, LabStatus } from "./status.ts";

type LabCommand = MessageOf<
  | typeof SetProjectorDelay
  | typeof PauseProjector
  | typeof ResumeProjector
  | typeof RebuildReadModel
  | typeof SetCrash
  | typeof SetDuplicates
  | typeof SetWakeUps
  | typeof SetBug
  | typeof SetPoisonPolicy
  | typeof RetryDeadLetter
  | typeof RetryAllDeadLetters
  | typeof DiscardDeadLetter
  | typeof AddWorker
  | typeof KillLeader
  | typeof StartBurst
  | typeof CancelBurst
  | typeof ResetLab
>;
type LabQuery = MessageOf<typeof GetLabStatus | typeof ListDeadLetters>;

export interface LabRoutesOptions {
  readonly commands: CommandBus<LabCommand>;
  readonly queries: QueryBus<LabQuery>;
  readonly context: (context: Context) => DispatchOptions;
  /** Calls back when the status may have changed. */
  readonly onChange: (listener: () => void) => Disposable;
  /** Ends the streams, for a graceful shutdown. */
  readonly signal: AbortSignal;
  readonly scheduler: Scheduler;
}

const STREAM = streamOperation("Follows the lab's instruments: the status, whenever it changes");

/** The HTTP face of the lab: its controls, and its instruments once and live. */
export function labRoutes(options: LabRoutesOptions) {
  const { commands, queries, context, onChange, signal, scheduler } = options;
  const done = () => ({ status: 204 as const, body: null });
  const docs = {
    status: 204,
    body: null,
    takes: ["Idempotency-Key"],
    problems: [404, 409, 422],
  } as const;
  const control = { context, reply: done, body: false, docs } as const;
  const setting = { context, reply: done, docs } as const;
  return new Hono()
    .get(
      "/status",
      queryRoute(queries, GetLabStatus, {
        context,
        reply: (body: LabStatus) => ({ status: 200, body }),
      }),
    )
    .get(
      "/status/stream",
      documented(STREAM, async function followStatus(c: Context) {
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
      }),
    )
    .put("/delay", commandRoute(commands, SetProjectorDelay, setting))
    .post("/pause", commandRoute(commands, PauseProjector, control))
    .post("/resume", commandRoute(commands, ResumeProjector, control))
    .post("/rebuild", commandRoute(commands, RebuildReadModel, setting))
    .put("/crash", commandRoute(commands, SetCrash, setting))
    .put("/duplicates", commandRoute(commands, SetDuplicates, setting))
    .put("/wake-ups", commandRoute(commands, SetWakeUps, setting))
    .put("/bug", commandRoute(commands, SetBug, setting))
    .put("/poison-policy", commandRoute(commands, SetPoisonPolicy, setting))
    .get(
      "/dead-letters",
      queryRoute(queries, ListDeadLetters, {
        context,
        reply: (body: DeadLetterList) => ({ status: 200, body }),
      }),
    )
    .post("/dead-letters/retry", commandRoute(commands, RetryDeadLetter, setting))
    .post(
      "/dead-letters/retry-all",
      commandRoute(commands, RetryAllDeadLetters, {
        context,
        body: false,
        reply: (body) => ({ status: 200, body }),
      }),
    )
    .post("/dead-letters/discard", commandRoute(commands, DiscardDeadLetter, setting))
    .post("/workers", commandRoute(commands, AddWorker, control))
    .post("/workers/kill-leader", commandRoute(commands, KillLeader, control))
    .post("/burst", commandRoute(commands, StartBurst, setting))
    .delete("/burst", commandRoute(commands, CancelBurst, control))
    .post("/reset", commandRoute(commands, ResetLab, control));
}
