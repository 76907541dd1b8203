import { event, type } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";
import { createEventSourcedRepository, decider } from "@counterpoint/write-model";

export interface Request {
  readonly seat: string;
  readonly seen?: number;
}

export interface BoxOffice {
  reserve(request: Request): Promise<number>;
}

const SeatReserved = event("SeatReserved", { payload: type<{ seat: string }>() });

const hall = decider({
  events: [SeatReserved],
  initial: [] as readonly string[],
  evolve: { SeatReserved: (taken, { payload }) => [...taken, payload.seat] },
});

/** The repository checks both versions; what is left is to decide, and to decide anew a few times. */
export function createBoxOffice(store: EventStore): BoxOffice {
  const halls = createEventSourcedRepository(store, hall, { category: "hall" });
  return {
    async reserve({ seat, seen }) {
      for (let attempt = 1; ; attempt++) {
        try {
          const { version } = await halls.update(
            "1",
            (taken) => {
              if (taken.includes(seat)) throw new RangeError(`Somebody has ${seat}.`);
              return [SeatReserved({ seat })];
            },
            { expectedVersion: seen ?? "any" },
          );
          return version;
        } catch (error) {
          if (!isConcurrencyError(error) || seen !== undefined || attempt > 10) throw error;
        }
      }
    },
  };
}
