import type { EventLog, Scheduler } from "@counterpoint/events";
import type { Handler } from "hono";
import { eventStream } from "./event-stream.ts";
import { ProblemError, problem } from "./problem.ts";

export interface LogStreamOptions {
  /** Ends all streams, for a graceful shutdown. */
  readonly signal: AbortSignal;
  /** How many events to read for one client at once; default 100. */
  readonly batchSize?: number;
  /**
   * Milliseconds to rest after each batch, so that what is written meanwhile arrives in one: with many clients, each event on
   * its own costs the server more than the write. The first event after a pause never waits. Default 0.
   */
  readonly restMs?: number;
  /** Hears why the log could not be read. Default: the console. */
  readonly report?: (error: unknown) => void;
  readonly scheduler?: Scheduler;
}

/**
 * Makes a route that sends the log as server-sent events. The `id` of each is its position.
 *
 * Begins behind `Last-Event-ID` (which browsers send when they reconnect), else behind `?after=N`, else at the beginning
 * of the log. A client that reconnects misses nothing and gets nothing twice. A position that the log has not reached is
 * one of another log (a store in memory that was started anew): such a client gets this log from its beginning.
 *
 * @throws {ProblemError} 400 `INVALID_POSITION` when the position is no whole number ≥ 0.
 */
export function logStream(
  log: Pick<EventLog, "readLog" | "onAppend">,
  { signal, batchSize = 100, restMs = 0, report, scheduler }: LogStreamOptions,
): Handler {
  return function logStream({ req }) {
    let after = positionOf(req.header("last-event-id") || req.query("after") || "0");
    return eventStream({
      next: async () => {
        let slice = await log.readLog({ after, limit: batchSize });
        if (after > slice.head) slice = await log.readLog({ after: 0, limit: batchSize });
        const { events } = slice;
        after = events.at(-1)?.position ?? after;
        return events.map((event) => ({ id: String(event.position), data: event }));
      },
      onHint: (wake) => log.onAppend(wake),
      signals: [signal, req.raw.signal],
      restMs,
      ...(report && { report }),
      ...(scheduler && { scheduler }),
    });
  };
}

function positionOf(given: string): number {
  const position = /^[0-9]{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isSafeInteger(position)) return position;
  throw new ProblemError(
    problem(400, "INVALID_POSITION", "Last-Event-ID and after are positions: whole numbers ≥ 0."),
  );
}
