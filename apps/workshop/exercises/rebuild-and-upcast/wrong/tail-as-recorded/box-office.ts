import { event, type } from "@counterpoint/bus";
import type { RecordedEvent } from "@counterpoint/events";
import { upcasters } from "@counterpoint/events";
import type { MemoryStore } from "@counterpoint/memory";

/** Last year's servers, of which some still run, record `{ customer, seat, euros }`. */
export interface Sale {
  readonly customer: string;
  readonly seat: string;
  readonly cents: number;
}

/** Last year it was `{ sold, euros }`, in snapshots of schema 1. */
export interface Takings {
  readonly sold: number;
  readonly cents: number;
}

const STREAM = "concert-1";
const NONE: Takings = { sold: 0, cents: 0 };
const SeatSold = event("SeatSold", { payload: type<Sale>() });

/** Old or new: what comes out is new. */
const upcast = upcasters({
  SeatSold: ({ euros, ...sale }: Sale & { readonly euros?: number }) =>
    euros === undefined ? sale : { ...sale, cents: Math.round(euros * 100) },
});

/** Of the snapshots that this code makes and understands. */
const SCHEMA = 2;

/** Pure: it may run as often as anybody likes. */
function fold(takings: Takings, events: readonly RecordedEvent[]): Takings {
  return events.reduce(({ sold, cents }, { payload }) => {
    const sale = payload as Sale; // this stream has no other events
    return { sold: sold + 1, cents: cents + sale.cents };
  }, takings);
}

export function createBoxOffice(store: MemoryStore, sendTicket: (sale: Sale) => Promise<void>) {
  /** Computes everything anew, and keeps a snapshot of it. */
  async function rebuild(): Promise<Takings> {
    const events = (await store.readStream(STREAM)).map(upcast);
    const state = fold(NONE, events);
    const { version, position } = events.at(-1) ?? { version: 0, position: 0 };
    await store.saveSnapshot(STREAM, { state, version, position, schema: SCHEMA });
    return state;
  }

  return {
    rebuild,
    async sell(sale: Sale): Promise<void> {
      await store.append({ stream: STREAM, events: [SeatSold(sale)] });
      await sendTicket(sale);
    },
    async takings(): Promise<Takings> {
      const snapshot = await store.loadSnapshot(STREAM);
      if (snapshot?.schema !== SCHEMA) return rebuild();
      const tail = await store.readStream(STREAM, { fromVersion: snapshot.version + 1 });
      return fold(snapshot.state as Takings, tail);
    },
  };
}
