import { event, type } from "@counterpoint/bus";
import type { ConsistencyToken } from "@counterpoint/events";
import { decodeToken } from "@counterpoint/events";
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

const STEP_MS = 20;
const PATIENCE_MS = 2_400;

class TooOldError extends Error {
  readonly code = "STALE";
}

/** Looks at the checkpoint now and then, and counts its own steps. */
export function createBoxOffice({ store, sleep }: Surroundings) {
  const view = store.readModel(freeSeats);
  return {
    async reserve(concert: string): Promise<ConsistencyToken> {
      const events = [SeatReserved({ concert })];
      return (await store.append({ stream: concert, events })).token;
    },
    async free(concert: string, token?: ConsistencyToken): Promise<number> {
      const wanted = token === undefined ? 0 : decodeToken(token);
      for (let waited = 0; (await store.loadCheckpoint(freeSeats)) < wanted; waited += STEP_MS) {
        if (waited >= PATIENCE_MS) throw new TooOldError("The view is too old. Try again.");
        await sleep(STEP_MS);
      }
      return (await view.get(concert))?.free ?? 20;
    },
  };
}
