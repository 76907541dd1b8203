import { event, type } from "@counterpoint/bus";
import type { MemoryStore } from "@counterpoint/memory";
import { createMemoryStore } from "@counterpoint/memory";

const SeatReserved = event("SeatReserved", { payload: type<{ seat: string }>() });

export function openStore(): MemoryStore {
  return createMemoryStore();
}

/** Keeps no view: whoever asks has the events of the concert counted. */
export function createBoxOffice(store: MemoryStore) {
  const seatsTaken = async (concert: string): Promise<readonly string[]> => {
    const events = await store.readStream(`concert-${concert}`);
    return events.map(({ payload }) => (payload as { seat: string }).seat); // only SeatReserved is appended
  };
  return {
    async reserve(concert: string, seat: string): Promise<void> {
      for (;;) {
        const taken = await seatsTaken(concert);
        if (taken.includes(seat)) throw new Error(`${seat} is taken.`);
        const append = { stream: `concert-${concert}`, expectedVersion: taken.length };
        const refusal = await store.append({ ...append, events: [SeatReserved({ seat })] }).then(
          () => undefined,
          (error: Error) => error,
        );
        if (!refusal) return;
        if (refusal.name !== "ConcurrencyError") throw refusal;
      }
    },
    free: async (concert: string): Promise<number> => 20 - (await seatsTaken(concert)).length,
  };
}
