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
  readonly handled: readonly string[];
}

export function createSeatsView(storage: Storage<Row>): SeatsView {
  return {
    async handle({ type, stream }) {
      const { free, handled } = (await storage.load(stream)) ?? { free: 20, handled: [] };
      if (handled.includes(type)) return;
      const next = type === "SeatReserved" ? free - 1 : free + 1;
      await storage.save(stream, { free: next, handled: [...handled, type] });
    },
    free: async (stream) => (await storage.load(stream))?.free ?? 20,
  };
}
