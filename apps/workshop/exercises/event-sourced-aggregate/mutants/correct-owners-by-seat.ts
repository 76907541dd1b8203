import type { Aggregate } from "../tests/desk.ts";
import { released, reserved } from "../tests/desk.ts";

export type Owners = ReadonlyMap<string, string>;

/** Right. The mutants differ from it in one thing each. */
export const concert: Aggregate<Owners> = {
  initial: () => new Map(),
  evolve(owners, event) {
    const next = new Map(owners);
    if (event.type === "SeatReserved") next.set(event.payload.seat, event.payload.customer);
    else next.delete(event.payload.seat);
    return next;
  },
  reserve(owners, seat, customer) {
    const holder = owners.get(seat);
    if (holder === customer) return [];
    const own = [...owners.values()].filter((owner) => owner === customer).length;
    if (holder !== undefined || own >= 4) throw new Error("No.");
    return [reserved(seat, customer)];
  },
  release: (owners, seat) => (owners.has(seat) ? [released(seat)] : []),
  free: (owners) => 20 - owners.size,
  owner: (owners, seat) => owners.get(seat),
};
