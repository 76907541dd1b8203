import { event, type } from "@counterpoint/bus";
import type { MessageOf } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";
import type { MemoryStore } from "@counterpoint/memory";
import { decider, fold } from "@counterpoint/write-model";

export interface Sale {
  readonly customer: string;
  readonly seat: string;
  readonly cents: number;
}

export interface Takings {
  readonly sold: number;
  readonly cents: number;
}

const SeatSold = event("SeatSold", { payload: type<Sale>() });
const register = decider({
  events: [SeatSold],
  initial: { sold: 0, cents: 0 } as Takings,
  evolve: {
    SeatSold: ({ sold, cents }, { payload }) => ({ sold: sold + 1, cents: cents + payload.cents }),
  },
});

/** The only door to the log: nobody behind it sees an old event. */
function renewed(store: EventStore): Pick<EventStore, "readStream"> {
  return {
    async readStream(stream, options) {
      const events = await store.readStream(stream, options);
      return events.map((event) => {
        const { euros, cents, ...rest } = event.payload as { euros?: number; cents?: number };
        return {
          ...event,
          payload: { ...rest, cents: cents ?? Number(((euros ?? 0) * 100).toFixed(0)) },
        };
      });
    },
  };
}

class BoxOffice {
  readonly #store: MemoryStore;
  readonly #log: Pick<EventStore, "readStream">;
  readonly #sendTicket: (sale: Sale) => Promise<void>;

  constructor(store: MemoryStore, sendTicket: (sale: Sale) => Promise<void>) {
    this.#store = store;
    this.#log = renewed(store);
    this.#sendTicket = sendTicket;
  }

  async sell(sale: Sale): Promise<void> {
    await this.#store.append({ stream: "concert-1", events: [SeatSold(sale)] });
    await this.#sendTicket(sale);
  }

  async rebuild(): Promise<Takings> {
    return this.#catchUp(register.initial, 0);
  }

  async takings(): Promise<Takings> {
    const { state, version, schema } = (await this.#store.loadSnapshot("concert-1")) ?? {};
    return schema === 2025 ? this.#catchUp(state as Takings, version ?? 0) : this.rebuild();
  }

  async #catchUp(from: Takings, version: number): Promise<Takings> {
    const events = await this.#log.readStream("concert-1", { fromVersion: version + 1 });
    const state = fold(register, from, events as readonly MessageOf<typeof SeatSold>[]);
    const last = events.at(-1);
    if (last) await this.#store.saveSnapshot("concert-1", { ...last, state, schema: 2025 });
    return state;
  }
}

export function createBoxOffice(
  store: MemoryStore,
  sendTicket: (sale: Sale) => Promise<void>,
): BoxOffice {
  return new BoxOffice(store, sendTicket);
}
