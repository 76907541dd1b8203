import { event, type } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";
import { ConcurrencyError } from "@counterpoint/events";

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

/** Keeps the hall in the process and reads only what is new; the store's check makes that safe. */
class CachingOffice implements BoxOffice {
  readonly #store: EventStore;
  readonly #taken: string[] = [];

  constructor(store: EventStore) {
    this.#store = store;
  }

  async reserve({ seat, seen }: Request): Promise<number> {
    for (;;) {
      await this.#refresh();
      const expectedVersion = this.#taken.length;
      if (seen !== undefined && seen !== expectedVersion) throw new Error("Look again.");
      if (this.#taken.includes(seat)) throw new Error("Choose another one.");
      const events = [SeatReserved({ seat })];
      try {
        await this.#store.append({ stream: "hall", events, expectedVersion });
        return expectedVersion + 1;
      } catch (error) {
        if (!(error instanceof ConcurrencyError)) throw error;
      }
    }
  }

  async #refresh(): Promise<void> {
    const fromVersion = this.#taken.length + 1;
    for (const event of await this.#store.readStream("hall", { fromVersion })) {
      if (event.version === this.#taken.length + 1)
        this.#taken.push((event.payload as Request).seat);
    }
  }
}

export function createBoxOffice(store: EventStore): BoxOffice {
  return new CachingOffice(store);
}
