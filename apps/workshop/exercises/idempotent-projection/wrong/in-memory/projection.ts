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
}

export function createSeatsView(storage: Storage<Row>): SeatsView {
  const versions = new Map<string, number>();
  return {
    async handle({ type, stream, version }) {
      if (version <= (versions.get(stream) ?? 0)) return;
      const { free } = (await storage.load(stream)) ?? { free: 20 };
      await storage.save(stream, { free: type === "SeatReserved" ? free - 1 : free + 1 });
      versions.set(stream, version);
    },
    free: async (stream) => (await storage.load(stream))?.free ?? 20,
  };
}
