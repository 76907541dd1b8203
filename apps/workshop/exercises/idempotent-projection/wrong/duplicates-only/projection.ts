import type { RecordedEvent } from "@counterpoint/events";

/** Delivered at least once: each stream in its order, but whatever came may come again, and streams overtake each other. */
export type SeatEvent = Pick<
  RecordedEvent<"SeatReserved" | "SeatReleased">,
  "type" | "stream" | "version" | "position"
>;

/** Survives a restart. A `save` happens or does not; between two of them the process may die. */
export interface Storage<TRow> {
  load(key: string): Promise<TRow | undefined>;
  save(key: string, row: TRow): Promise<void>;
}

export interface SeatsView {
  handle(event: SeatEvent): Promise<void>;
  free(stream: string): Promise<number>;
}

interface Row {
  readonly free: number;
  /** Of the last event that is in `free`: one row, one save, so neither is there without the other. */
  readonly version: number;
}

const NEW: Row = { free: 20, version: 0 };

/** Counts the free seats of each concert: one stream each, 20 seats each. */
export function createSeatsView(storage: Storage<Row>): SeatsView {
  return {
    async handle({ type, stream, version }) {
      const row = (await storage.load(stream)) ?? NEW;
      if (version <= row.version) return;
      const free = row.free + (type === "SeatReserved" ? -1 : 1);
      await storage.save(stream, { free, version });
    },
    free: async (stream) => (await storage.load(stream))?.free ?? NEW.free,
  };
}
