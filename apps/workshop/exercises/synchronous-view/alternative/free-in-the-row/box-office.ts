import { event, type } from "@counterpoint/bus";
import { isConcurrencyError } from "@counterpoint/events";
import type { MemoryStore } from "@counterpoint/memory";
import { createMemoryStore } from "@counterpoint/memory";
import { createStateStoredRepository, decider } from "@counterpoint/write-model";

const SeatReserved = event("SeatReserved", { payload: type<{ seat: string }>() });

interface Concert {
  readonly taken: readonly string[];
  readonly free: number;
}

const concerts = decider({
  events: [SeatReserved],
  initial: { taken: [], free: 20 } as Concert,
  evolve: {
    SeatReserved: ({ taken, free }, { payload }) => ({
      taken: [...taken, payload.seat],
      free: free - 1,
    }),
  },
});

export function openStore(): MemoryStore {
  return createMemoryStore();
}

/** Keeps the number in the row that is the truth; what the seats are and how many are free is one write. */
export class BoxOffice {
  readonly #concerts;

  constructor(store: MemoryStore) {
    this.#concerts = createStateStoredRepository(store, concerts, { category: "concert" });
  }

  async reserve(concert: string, seat: string): Promise<void> {
    try {
      await this.#concerts.update(concert, ({ taken }) => {
        if (taken.includes(seat)) throw new Error(`${seat} is taken.`);
        return [SeatReserved({ seat })];
      });
    } catch (error) {
      if (!isConcurrencyError(error)) throw error;
      await this.reserve(concert, seat);
    }
  }

  async free(concert: string): Promise<number> {
    return (await this.#concerts.load(concert)).state.free;
  }
}

export function createBoxOffice(store: MemoryStore): BoxOffice {
  return new BoxOffice(store);
}
