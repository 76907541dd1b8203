import { event, type } from "@counterpoint/bus";
import type { ConsistencyToken } from "@counterpoint/events";
import type { MemoryStore } from "@counterpoint/memory";
import type { Projector } from "@counterpoint/read-model";
import { projection } from "@counterpoint/read-model";

const SeatReserved = event("SeatReserved", { payload: type<{ concert: string }>() });

export const freeSeats = projection("free_seats", {
  version: 1,
  events: [SeatReserved],
  columns: { concert: "text", free: "integer" },
  key: ({ payload }) => payload.concert,
  on: {
    SeatReserved: (row, { payload: { concert } }) => ({ concert, free: (row?.free ?? 20) - 1 }),
  },
});

interface Surroundings {
  readonly store: MemoryStore;
  /** Brings `freeSeats` up to date, some time after each write. */
  readonly projector: Projector;
  readonly sleep: (ms: number) => Promise<void>;
}

export class BoxOffice {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  async reserve(concert: string): Promise<ConsistencyToken> {
    const { store } = this.#around;
    const { token } = await store.append({ stream: concert, events: [SeatReserved({ concert })] });
    return token;
  }

  async free(concert: string, token: ConsistencyToken = ""): Promise<number> {
    const { store, projector } = this.#around;
    if (token !== "") {
      const wait = { projection: freeSeats.name, timeoutMs: 2_500 };
      await projector.waitFor(token, wait);
    }
    const [row] = (await store.readModel(freeSeats).find({ where: { concert } })).documents;
    return row ? row.free : 20;
  }
}

export function createBoxOffice(around: Surroundings): BoxOffice {
  return new BoxOffice(around);
}
