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

export function openStore(): MemoryStore {
  return createMemoryStore();
}

export function createBoxOffice(store: MemoryStore) {
  return {
    async reserve(concert: string, seat: string): Promise<void> {
      const stream = `seat-${concert}-${seat}`;
      const reserved = SeatReserved({ concert, seat });
      await store.append({ stream, events: [reserved], expectedVersion: "none" });
      for (let attempt = 1; attempt <= 10; attempt++) {
        try {
          await updateView();
          return;
        } catch (error) {
          if (attempt === 10) throw error;
        }
      }
    },
    async free(concert: string): Promise<number> {
      return (await store.readModel(freeSeats).get(concert))?.free ?? 20;
    },
  };

  async function updateView(): Promise<void> {
    const from = await store.loadCheckpoint(freeSeats);
    const { events, head } = await store.readLog({ after: from, limit: 1_000 });
    if (head > from) await store.applyBatch({ projection: freeSeats, events, from, to: head });
  }
}
