import fc from "fast-check";
import type { BoxOffice } from "./box-office.ts";

export interface Office extends BoxOffice {
  paceWith(scheduler: fc.Scheduler): void;
}

const seats = fc.array(fc.constantFrom("A1", "A2", "A3"), { minLength: 2, maxLength: 3 });

/** First some customers at once, then one more who has looked at some version, and it has to be the last one. */
export function property(makeOffice: () => Office) {
  return fc.asyncProperty(fc.scheduler(), seats, fc.nat({ max: 4 }), async (s, seats, seen) => {
    const office = makeOffice();
    office.paceWith(s);
    const serve = (seat: string, seen?: number): Promise<number> =>
      office.reserve({ seat, ...(seen !== undefined && { seen }) });
    const results = await s.waitFor(Promise.allSettled(seats.map((seat) => serve(seat))));
    const versions = results.flatMap((result) =>
      result.status === "fulfilled" ? [result.value] : [],
    );
    const different = new Set(seats).size;
    if (versions.sort((a, b) => a - b).join() !== [1, 2, 3].slice(0, different).join()) {
      throw new Error(`${different} different seats, versions ${versions.join()}`);
    }
    const [last] = await s.waitFor(Promise.allSettled([serve("B1", seen)]));
    return (last.status === "fulfilled") === (seen === different);
  });
}
