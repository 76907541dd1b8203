import type { DispatchOptions, MessageOf, QueryBus } from "@counterpoint/bus";
import { isBusError } from "@counterpoint/bus";
import type { EventLog, Scheduler } from "@counterpoint/events";
import { documented, logStream } from "@counterpoint/hono";
import type { Context, Handler } from "hono";
import { Hono } from "hono";
import { streamOperation } from "../docs/stream-operation.ts";
import { ReadLog } from "./messages.ts";

interface LogRoutesOptions {
  readonly queries: QueryBus<MessageOf<typeof ReadLog>>;
  readonly onAppend: EventLog["onAppend"];
  /** Says who asks. */
  readonly context: (context: Context) => DispatchOptions;
  /** Ends the streams, for a graceful shutdown. */
  readonly signal: AbortSignal;
  readonly scheduler: Scheduler;
}

/** Hundreds of clients, each woken by each write, would leave no time to write. */
const REST_MS = 50;

/** The log as server-sent events. */
export function logRoutes({ queries, onAppend, context, signal, scheduler }: LogRoutesOptions) {
  const followLog: Handler = async function followLog(c, next) {
    const who = context(c);
    await queries.dispatch(ReadLog({ after: 0, limit: 1 }), who); // whoever may not hears so, instead of silence
    const readLog: EventLog["readLog"] = (slice) => queries.dispatch(ReadLog(slice), who);
    const options = { signal, scheduler, restMs: REST_MS, report: reportFailure };
    return logStream({ readLog, onAppend }, options)(c, next);
  };
  return new Hono().get("/", documented(OPERATION, followLog));
}

const position = { type: "integer", minimum: 0 };
const OPERATION = streamOperation("Follows the log: what has happened, and what happens", [
  {
    in: "header",
    name: "Last-Event-ID",
    description: "Begins behind this position, as a client does that reconnects.",
    schema: position,
  },
  { in: "query", name: "after", description: "The same, for the first time.", schema: position },
]);

/** A token that has run out is no failure: the stream ends, and the client asks again. */
export function reportFailure(error: unknown): void {
  if (!isBusError(error, "FORBIDDEN")) console.error("A stream of events ended early:", error);
}
