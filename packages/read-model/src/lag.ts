import type { Clock, EventLog, LogSlice, RecordedEvent } from "@counterpoint/events";
import { isEventStoreError } from "@counterpoint/events";

/** How far a checkpoint is behind the log. */
export interface Lag {
  /** Head position minus checkpoint. Positions have gaps, so it is a bound, not a count. */
  readonly events: number;
  /** Age of the oldest event that is not handled, in milliseconds; 0 when there is none. */
  readonly ms: number;
}

/** Measures the lag of a checkpoint, and reads the head of the log on the way. */
export async function lagBehind(
  log: EventLog,
  clock: Clock,
  position: number,
): Promise<Lag & { readonly head: number }> {
  const { events, head } = await next(log, position);
  const oldest = events[0]?.recordedAt.getTime();
  return {
    head,
    events: Math.max(0, head - position),
    ms: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest),
  };
}

/** Whether an event can be upcast makes no difference to how old it is. */
async function next(log: EventLog, after: number): Promise<LogSlice> {
  try {
    return await log.readLog({ after, limit: 1 });
  } catch (error) {
    if (!isEventStoreError(error, "UPCAST_FAILED")) throw error;
    const { event } = error.details as { readonly event: RecordedEvent }; // whoever throws UPCAST_FAILED names it
    return { events: [event], head: await log.head() };
  }
}
