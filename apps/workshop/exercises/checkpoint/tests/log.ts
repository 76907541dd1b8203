import type { EventLog, ReadLogOptions, RecordedEvent } from "@counterpoint/events";
import type { Storage } from "../exercise.ts";

/** What happened, and how many positions before it belong to appends that were rolled back. */
export interface Fact {
  readonly type: "SeatReserved" | "SeatReleased";
  readonly concert: string;
  readonly gap: number;
}

/** A log that keeps its contract, positions with gaps included, and remembers what it was asked. */
export interface TestLog extends Pick<EventLog, "readLog"> {
  add(facts: readonly Fact[]): void;
  readonly events: readonly RecordedEvent[];
  /** After which positions it was read, and how far each answer went. */
  readonly reads: readonly { readonly after: number; readonly last: number | undefined }[];
}

export function createLog(facts: readonly Fact[] = []): TestLog {
  const events: RecordedEvent[] = [];
  const reads: { after: number; last: number | undefined }[] = [];
  const log: TestLog = {
    events,
    reads,
    add(more) {
      for (const { type, concert, gap } of more) {
        events.push({
          type,
          payload: {},
          stream: concert,
          version: events.filter(({ stream }) => stream === concert).length + 1,
          position: (events.at(-1)?.position ?? 0) + gap + 1,
          recordedAt: new Date(0),
          metadata: { id: `${events.length}` },
        });
      }
    },
    async readLog({ after, limit }: ReadLogOptions) {
      const slice = events.filter(({ position }) => position > after).slice(0, limit);
      reads.push({ after, last: slice.at(-1)?.position });
      return { events: slice, head: events.at(-1)?.position ?? 0 };
    },
  };
  log.add(facts);
  return log;
}

/** Keeps copies, as a database does. */
export function createStorage<TRow>(): Storage<TRow> {
  const rows = new Map<string, TRow>();
  return {
    load: async (key) => structuredClone(rows.get(key)),
    async save(changes) {
      for (const [key, row] of Object.entries(structuredClone(changes))) rows.set(key, row);
    },
  };
}
