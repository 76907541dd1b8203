import fc from "fast-check";
import type { BoxOffice } from "./box-office.ts";

/** A box office as the property sees it. By itself it serves one customer after the other. */
export interface Office extends BoxOffice {
  /** From now on customers come at once, and the scheduler says which call to the store is next. */
  paceWith(scheduler: fc.Scheduler): void;
}

const seat = fc.constantFrom("A1", "A2");

/** Whoever comes when: nobody gets what somebody else has, and nobody is turned away for no reason. */
export function property(makeOffice: () => Office) {
  return fc.asyncProperty(fc.array(seat, { maxLength: 4 }), async (seats) => {
    const office = makeOffice();
    const versions = await Promise.all(
      seats.map((seat) => office.reserve({ seat }).catch(() => "refused")),
    );
    const reserved = seats.filter((_, index) => versions[index] !== "refused");
    return reserved.length === new Set(seats).size;
  });
}
