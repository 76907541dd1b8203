import type { Clock, EventLog } from "@counterpoint/events";

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
  const { events, head } = await log.readLog({ after: position, limit: 1 });
  const oldest = events[0]?.recordedAt.getTime();
  return {
    head,
    events: Math.max(0, head - position),
    ms: oldest === undefined ? 0 : Math.max(0, clock.now() - oldest),
  };
}
