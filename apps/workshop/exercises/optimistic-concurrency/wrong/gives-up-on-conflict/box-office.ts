import { event, type } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";

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

export function createBoxOffice(store: EventStore): BoxOffice {
  return {
    async reserve({ seat, seen }) {
      const events = await store.readStream("hall");
      const version = seen ?? events.length;
      const taken = events.map(({ payload }) => (payload as Request).seat);
      if (taken.includes(seat)) throw new Error(`${seat} is taken.`);
      const reserved = [SeatReserved({ seat })];
      await store.append({ stream: "hall", events: reserved, expectedVersion: version });
      return version + 1;
    },
  };
}
