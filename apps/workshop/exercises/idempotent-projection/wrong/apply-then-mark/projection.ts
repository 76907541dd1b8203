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
  readonly value: number;
}

export function createSeatsView(storage: Storage<Row>): SeatsView {
  return {
    async handle({ type, stream, version }) {
      const checkpoint = await storage.load(`checkpoint of ${stream}`);
      if (checkpoint && version <= checkpoint.value) return;
      const free = (await storage.load(stream))?.value ?? 20;
      await storage.save(stream, { value: type === "SeatReserved" ? free - 1 : free + 1 });
      await storage.save(`checkpoint of ${stream}`, { value: version });
    },
    free: async (stream) => (await storage.load(stream))?.value ?? 20,
  };
}
