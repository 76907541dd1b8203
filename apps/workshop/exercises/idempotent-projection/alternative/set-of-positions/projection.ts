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
  readonly positions: readonly number[];
}

/** Grows with the log, and needs no order within a stream. */
class SeatsByPosition implements SeatsView {
  readonly #storage: Storage<Row>;

  constructor(storage: Storage<Row>) {
    this.#storage = storage;
  }

  async handle(event: SeatEvent): Promise<void> {
    const row = await this.#load(event.stream);
    if (row.positions.includes(event.position)) return;
    const positions = [...row.positions, event.position];
    const free = event.type === "SeatReserved" ? row.free - 1 : row.free + 1;
    await this.#storage.save(event.stream, { free, positions });
  }

  async free(stream: string): Promise<number> {
    return (await this.#load(stream)).free;
  }

  async #load(stream: string): Promise<Row> {
    return (await this.#storage.load(stream)) ?? { free: 20, positions: [] };
  }
}

export const createSeatsView = (storage: Storage<Row>): SeatsView => new SeatsByPosition(storage);
