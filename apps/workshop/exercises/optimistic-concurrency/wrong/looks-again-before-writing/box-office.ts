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
    async reserve(request) {
      const { seat, seen } = request;
      const events = await store.readStream("hall");
      if (seen !== undefined && seen !== events.length) throw new Error("The hall has changed.");
      const taken = events.map(({ payload }) => (payload as Request).seat);
      if (taken.includes(seat)) throw new Error(`${seat} is taken.`);
      const now = await store.readStream("hall");
      if (now.length !== events.length) return this.reserve(request); // somebody was faster
      await store.append({ stream: "hall", events: [SeatReserved({ seat })] });
      return events.length + 1;
    },
  };
}
