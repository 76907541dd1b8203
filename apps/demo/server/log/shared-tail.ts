import type { EventLog, RecordedEvent } from "@counterpoint/events";

type ReadLog = EventLog["readLog"];

/** How many events of the end of the log are kept, and how many are read at once. */
const KEEP = 1_000;
const READ = 500;

/**
 * Reads the end of the log once for all who follow it: with hundreds of them, each event would be read hundreds of times.
 * They get the same objects. Whoever is further behind reads the log itself.
 *
 * What is kept is all that the log holds between two positions; nothing can appear there later (see `EventLog.readLog`).
 */
export function sharedTail(readLog: ReadLog): ReadLog {
  let kept: readonly RecordedEvent[] | undefined;
  /** Everything above it, up to `to`, is kept. */
  let from = 0;
  let to = 0;
  let head = 0;
  let reading: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  return async function readSharedTail(slice) {
    const { after, limit } = slice;
    if (kept && after === to) {
      try {
        await refresh();
      } catch {
        return readLog(slice); // which says why, or can read the little that was asked for
      }
    }
    if (kept && after >= from && after <= to) {
      const first = kept.findIndex(({ position }) => position > after);
      return { events: first < 0 ? [] : kept.slice(first, first + limit), head };
    }
    const found = await readLog(slice);
    if (!kept && found.events.length < limit && after <= found.head) {
      kept = found.events;
      from = after;
      to = found.events.at(-1)?.position ?? after;
      head = found.head;
    }
    return found;
  };

  /** Resolves after a read that began after the call: one that is under way may have missed what the caller has heard of. */
  function refresh(): Promise<void> {
    if (next) return next;
    if (!reading) return (reading = read());
    const again = (): Promise<void> => {
      next = undefined;
      return (reading = read());
    };
    return (next = reading.then(again, again));
  }

  async function read(): Promise<void> {
    try {
      const slice = await readLog({ after: to, limit: READ });
      head = Math.max(head, slice.head);
      to = slice.events.at(-1)?.position ?? to;
      const all = [...(kept ?? []), ...slice.events];
      from = all.at(-KEEP - 1)?.position ?? from;
      kept = all.slice(-KEEP);
    } finally {
      reading = undefined;
    }
  }
}
