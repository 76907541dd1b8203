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

export function createBoxOffice(store: MemoryStore, sendTicket: (sale: Sale) => Promise<void>) {
  const sent = new Set<number>();

  async function fold(takings: Takings, events: readonly RecordedEvent[]): Promise<Takings> {
    for (const { payload, position } of events) {
      const sale = payload as Sale;
      if (!sent.has(position)) await sendTicket(sale);
      sent.add(position);
      takings = { sold: takings.sold + 1, cents: takings.cents + sale.cents };
    }
    return takings;
  }

  /** Computes everything anew, and keeps a snapshot of it. */
  async function rebuild(): Promise<Takings> {
    const events = (await store.readStream(STREAM)).map(upcast);
    const state = await fold(NONE, events);
    const { version, position } = events.at(-1) ?? { version: 0, position: 0 };
    await store.saveSnapshot(STREAM, { state, version, position, schema: 2 });
    return state;
  }

  return {
    rebuild,
    async sell(sale: Sale): Promise<void> {
      const { events } = await store.append({ stream: STREAM, events: [SeatSold(sale)] });
      await fold(NONE, events);
    },
    async takings(): Promise<Takings> {
      const snapshot = await store.loadSnapshot(STREAM);
      if (snapshot?.schema !== 2) return rebuild();
      const tail = await store.readStream(STREAM, { fromVersion: snapshot.version + 1 });
      return fold(snapshot.state as Takings, tail.map(upcast));
    },
  };
}
