import { event, type } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";

export interface Request {
  readonly seat: string;
  /** The version of the hall that the customer looked at; when it is another one by now, they want to look again. */
  readonly seen?: number;
}

export interface BoxOffice {
  /** Reserves a seat that nobody has, and returns the hall's new version; else rejects. Different seats always succeed. */
  reserve(request: Request): Promise<number>;
}

const SeatReserved = event("SeatReserved", { payload: type<Pick<Request, "seat">>() });

/** Decides on the version that it has read, and writes only if that is still the version; else it decides anew. */
export function createBoxOffice(store: EventStore): BoxOffice {
  return {
    async reserve(request) {
      const { seat, seen } = request;
      const events = await store.readStream("hall");
      const version = events.length;
      if (seen !== undefined && seen !== version) throw new Error("The hall has changed.");
      const taken = events.map(({ payload }) => (payload as Request).seat); // only SeatReserved is appended
      if (taken.includes(seat)) throw new Error(`${seat} is taken.`);
      const reserved = [SeatReserved({ seat })];
      try {
        await store.append({ stream: "hall", events: reserved, expectedVersion: version });
      } catch (error) {
        if (!isConcurrencyError(error)) throw error;
        return this.reserve(request);
      }
      return version + 1;
    },
  };
}
