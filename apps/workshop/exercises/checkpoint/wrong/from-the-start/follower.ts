import type { EventLog } from "@counterpoint/events";

/** Survives a crash. One `save` writes all its rows or none; between two of them the process may die. */
export interface Storage<TRow> {
  load(key: string): Promise<TRow | undefined>;
  save(rows: Readonly<Record<string, TRow>>): Promise<void>;
}

export interface Follower {
  /** Goes on behind the last event that is in the view, in steps of `limit` events, until the log ends. */
  catchUp(): Promise<void>;
  free(concert: string): Promise<number>;
}

type Log = Pick<EventLog, "readLog">;

export function createFollower(log: Log, storage: Storage<number>, limit: number): Follower {
  return {
    free: async (concert) => (await storage.load(concert)) ?? 20,
    async catchUp() {
      const rows: Record<string, number> = {}; // nothing can count twice when all is counted anew
      let after = 0;
      for (;;) {
        const { events } = await log.readLog({ after, limit });
        for (const { type, stream, position } of events) {
          rows[stream] = (rows[stream] ?? 20) + (type === "SeatReserved" ? -1 : 1);
          after = position;
        }
        if (events.length === 0) return storage.save(rows);
      }
    },
  };
}
