import { event, type } from "@counterpoint/bus";
import type { MessageOf } from "@counterpoint/bus";
import { decider } from "@counterpoint/write-model";

export const SeatReserved = event("SeatReserved", {
  payload: type<{ readonly seat: string; readonly customer: string }>(),
});
export const SeatReleased = event("SeatReleased", { payload: type<{ readonly seat: string }>() });
export type ConcertEvent = MessageOf<typeof SeatReserved | typeof SeatReleased>;

type History = readonly ConcertEvent[];

class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`The concert says ${code}.`);
    this.code = code;
  }
}

const append = (history: History, event: ConcertEvent): History => [...history, event];

/** Remembers everything and concludes when it is asked. */
export const concert = decider({
  events: [SeatReserved, SeatReleased],
  initial: [] as History,
  evolve: { SeatReserved: append, SeatReleased: append },
});

function ownersIn(history: History): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const event of history) {
    if (event.type === "SeatReserved") owners.set(event.payload.seat, event.payload.customer);
    else owners.delete(event.payload.seat);
  }
  return owners;
}

export function reserve(history: History, seat: string, customer: string): ConcertEvent[] {
  const owners = ownersIn(history);
  if (owners.get(seat) === customer) return [];
  const own = [...owners.values()].filter((owner) => owner === customer).length;
  if (own > 3) throw new Refusal("TOO_MANY_SEATS");
  if (owners.has(seat)) throw new Refusal("SEAT_TAKEN");
  return [SeatReserved({ seat, customer })];
}

export const release = (history: History, seat: string): ConcertEvent[] =>
  ownersIn(history).has(seat) ? [SeatReleased({ seat })] : [];

export const free = (history: History): number => 20 - ownersIn(history).size;
export const owner = (history: History, seat: string): string | undefined =>
  ownersIn(history).get(seat);
