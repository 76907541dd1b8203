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

interface Row {
  readonly free: number;
  readonly position: number;
}

const NEW: Row = { free: 20, position: 0 };

/** Each row knows what is in it, so the checkpoint may be saved apart, and afterwards: what comes again is passed over. */
export function createFollower(log: Log, storage: Storage<Row>, limit: number): Follower {
  return {
    free: async (concert) => ((await storage.load(concert)) ?? NEW).free,
    async catchUp() {
      let { position } = (await storage.load("checkpoint")) ?? NEW;
      for (;;) {
        const { events } = await log.readLog({ after: position, limit });
        if (events.length === 0) return;
        for (const event of events) {
          const row = (await storage.load(event.stream)) ?? NEW;
          position = event.position;
          if (position <= row.position) continue;
          const free = row.free + (event.type === "SeatReserved" ? -1 : 1);
          await storage.save({ [event.stream]: { free, position } });
        }
        await storage.save({ checkpoint: { free: 0, position } });
      }
    },
  };
}
