import fc from "fast-check";
import type { ConcertEvent } from "./concert.ts";

/** A concert as the property sees it: 20 seats, at most four for one customer. */
export interface Concert {
  /** Forgets everything and takes up this history, whatever the rules were at its time. */
  load(history: readonly ConcertEvent[]): void;
  /** Decides and records. @returns What was recorded: nothing when it is so already. @throws When it refuses. */
  reserve(seat: string, customer: string): readonly ConcertEvent[];
  release(seat: string): readonly ConcertEvent[];
  /** Decides to reserve; then the store refuses to record it, because somebody else was faster. */
  reserveInVain(seat: string, customer: string): void;
  free(): number;
  owner(seat: string): string | undefined;
}

const SEATS = ["B1", "B2", "B3", "B4", "B5"];
const action = fc.record({
  kind: fc.constantFrom("reserve", "release", "in vain", "reload"),
  seat: fc.constantFrom(...SEATS),
  customer: fc.constantFrom("eve", "zoe"),
});

/** A script against a model, without `fc.commands`; says no more than true or false. */
export function property(makeConcert: () => Concert) {
  return fc.property(fc.array(action, { maxLength: 25 }), fc.boolean(), (actions, old) => {
    const concert = makeConcert();
    const log: ConcertEvent[] = old
      ? SEATS.map((seat) => ({ type: "SeatReserved", payload: { seat, customer: "eve" } }))
      : [];
    const owners = new Map(old ? SEATS.map((seat) => [seat, "eve"]) : []);
    concert.load([...log]);
    return actions.every(({ kind, seat, customer }) => {
      const before = owners.get(seat);
      const own = SEATS.filter((each) => owners.get(each) === customer).length;
      let events: readonly ConcertEvent[] | undefined;
      try {
        if (kind === "reserve") events = concert.reserve(seat, customer);
        if (kind === "release") events = concert.release(seat);
        if (kind === "in vain") concert.reserveInVain(seat, customer);
        if (kind === "reload") concert.load([...log]);
      } catch {
        if (kind === "release" || kind === "reload") return false;
        if (before === customer || (before === undefined && own < 4)) return false;
        return SEATS.every((each) => concert.owner(each) === owners.get(each));
      }
      if (kind === "reserve") {
        if (before !== customer && (before !== undefined || own >= 4)) return false;
        owners.set(seat, customer);
      }
      if (kind === "release") owners.delete(seat);
      if (events && events.length !== (owners.get(seat) === before ? 0 : 1)) return false;
      log.push(...(events ?? []));
      return (
        concert.free() === 20 - owners.size &&
        SEATS.every((each) => concert.owner(each) === owners.get(each))
      );
    });
  });
}
