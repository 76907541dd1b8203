import { event, type } from "@counterpoint/bus";
import type { MemoryStore } from "@counterpoint/memory";
import { createMemoryStore } from "@counterpoint/memory";
import { projection } from "@counterpoint/read-model";

const SeatReserved = event("SeatReserved", {
  payload: type<{ concert: string; seat: string }>(),
});

/** Counts the free seats of each concert: 20 each. */
const freeSeats = projection("free_seats", {
  version: 1,
  events: [SeatReserved],
  columns: { concert: "text", free: "integer" },
  key: ({ payload }) => payload.concert,
  on: {
    SeatReserved: (row, { payload: { concert } }) => ({ concert, free: (row?.free ?? 20) - 1 }),
  },
});

/** Opens the store. Each call of it is one transaction, in which the view is written too. */
export function openStore(): MemoryStore {
  return createMemoryStore({ inline: [freeSeats] });
}

export function createBoxOffice(store: MemoryStore) {
  return {
    /** Rejects when somebody has the seat. */
    async reserve(concert: string, seat: string): Promise<void> {
      const stream = `seat-${concert}-${seat}`;
      const reserved = SeatReserved({ concert, seat });
      await store.append({ stream, events: [reserved], expectedVersion: "none" });
    },
    async free(concert: string): Promise<number> {
      return (await store.readModel(freeSeats).get(concert))?.free ?? 20;
    },
  };
}
