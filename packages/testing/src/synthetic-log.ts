import type { EventMessage } from "@counterpoint/bus";
import type { EventLog, RecordedEvent } from "@counterpoint/events";
import { assertReadLog } from "@counterpoint/events";

/** A log of any length that takes no room, and what was asked of it. */
export interface SyntheticLog extends EventLog {
  /** How many events were handed out. */
  readonly handedOut: number;
  /** The most events that one answer had. */
  readonly longest: number;
}

/**
 * Makes a log whose events are made when they are read, the same for the same position each time: for replays of any
 * length.
 *
 * @param length - How many events it has; integer ≥ 0.
 * @param message - Makes the event at a position, from 1; the stream is `stream-` and its remainder by `streams`.
 * @param streams - How many streams there are; integer ≥ 1. Default 1,000.
 */
export function syntheticLog(
  length: number,
  message: (position: number) => EventMessage,
  streams = 1_000,
): SyntheticLog {
  let handedOut = 0;
  let longest = 0;
  return {
    get handedOut() {
      return handedOut;
    },
    get longest() {
      return longest;
    },
    async readLog(options) {
      assertReadLog(options);
      const { after, limit } = options;
      const count = Math.max(0, Math.min(limit, length - after));
      handedOut += count;
      longest = Math.max(longest, count);
      return {
        events: Array.from({ length: count }, (_, n) => eventAt(after + n + 1)),
        head: length,
      };
    },
    head: async () => length,
    onAppend: () => ({ [Symbol.dispose]: () => {} }),
  };

  function eventAt(position: number): RecordedEvent {
    const stream = `stream-${position % streams}`;
    const version = Math.ceil(position / streams);
    const recordedAt = new Date(position);
    const metadata = { id: `event-${position}` };
    return { ...message(position), stream, version, position, recordedAt, metadata };
  }
}
