import fc from "fast-check";
import type { BoxOffice } from "./box-office.ts";

/** A box office as the property sees it. By itself it serves one customer after the other. */
export interface Office extends BoxOffice {
  /** From now on customers come at once, and the scheduler says which call to the store is next. */
  paceWith(scheduler: fc.Scheduler): void;
}

const seat = fc.constantFrom("A1", "A2");
const seen = fc.option(fc.nat({ max: 2 }), { nil: undefined });
const requests = fc.array(fc.record({ seat, seen }), { maxLength: 4 });

/** Whoever comes when: nobody gets what somebody else has, and nobody is turned away for no reason. */
export function property(makeOffice: () => Office) {
  return fc.asyncProperty(fc.scheduler(), requests, async (scheduler, requests) => {
    const office = makeOffice();
    office.paceWith(scheduler);
    const served = requests.map(async ({ seat, seen }) => {
      const request = seen === undefined ? { seat } : { seat, seen };
      return { ...request, version: await office.reserve(request).catch(() => undefined) };
    });
    const outcomes = await scheduler.waitFor(Promise.all(served));
    const reserved = outcomes.filter(({ version }) => version !== undefined);
    const seats = reserved.map(({ seat }) => seat);
    const hasEachOnce = new Set(seats).size === seats.length;
    const hasSeenRight = reserved.every(
      ({ seen, version }) => seen === undefined || version === seen + 1,
    );
    const refused = outcomes.filter(({ version }) => version === undefined);
    const hasReasons = refused.every(
      ({ seen, seat }) => seen !== undefined || seats.includes(seat),
    );
    return hasEachOnce && hasSeenRight && hasReasons;
  });
}
