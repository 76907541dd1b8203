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

/** Counts the free seats of each concert, 20 each; the stream is the concert's name. */
export function createFollower(log: Log, storage: Storage<number>, limit: number): Follower {
  const free = async (concert: string) => (await storage.load(concert)) ?? 20;
  return {
    free,
    async catchUp() {
      for (;;) {
        const after = (await storage.load("checkpoint")) ?? 0;
        const { events } = await log.readLog({ after, limit });
        const last = events.at(-1);
        if (!last) return;
        const rows: Record<string, number> = { checkpoint: last.position };
        for (const { type, stream } of events) {
          const change = type === "SeatReserved" ? -1 : 1;
          rows[stream] = (rows[stream] ?? (await free(stream))) + change;
        }
        await storage.save(rows);
      }
    },
  };
}
