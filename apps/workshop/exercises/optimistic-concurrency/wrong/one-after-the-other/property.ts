import fc from "fast-check";
import type { BoxOffice } from "./box-office.ts";

/** A box office as the property sees it. By itself it serves one customer after the other. */
export interface Office extends BoxOffice {
  /** From now on customers come at once, and the scheduler says which call to the store is next. */
  paceWith(scheduler: fc.Scheduler): void;
}

const seat = fc.constantFrom("A1", "A2", "A3");
const seen = fc.option(fc.nat({ max: 3 }), { nil: undefined });

/** A model of the hall beside the office; one customer at a time, so that the model knows what must happen. */
export function property(makeOffice: () => Office) {
  return fc.asyncProperty(fc.array(fc.record({ seat, seen })), async (requests) => {
    const office = makeOffice();
    const taken = new Set<string>();
    for (const { seat, seen } of requests) {
      const isFine = !taken.has(seat) && (seen === undefined || seen === taken.size);
      const version = await office
        .reserve(seen === undefined ? { seat } : { seat, seen })
        .catch(() => undefined);
      if (isFine) taken.add(seat);
      if (version !== (isFine ? taken.size : undefined)) return false;
    }
    return true;
  });
}
