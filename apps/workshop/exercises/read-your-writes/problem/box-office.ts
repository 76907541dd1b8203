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

export function createBoxOffice({ store, sleep }: Surroundings) {
  const view = store.readModel(freeSeats);
  return {
    /** Returns a token, which the customer's next request may bring along. */
    async reserve(concert: string): Promise<ConsistencyToken> {
      const events = [SeatReserved({ concert })];
      return (await store.append({ stream: concert, events })).token;
    },
    /** Answers at least as fresh as the token, if there is one. */
    async free(concert: string, token?: ConsistencyToken): Promise<number> {
      if (token !== undefined) await sleep(100);
      return (await view.get(concert))?.free ?? 20;
    },
  };
}
