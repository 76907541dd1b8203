import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Repository, Reservation } from "./box-office.ts";

const id = fc.constantFrom("r1", "r2");
/** Whatever the contract allows, up to its limits. */
const reservation: fc.Arbitrary<Reservation> = fc.record(
  {
    id,
    seats: fc.array(fc.constantFrom("A1", "A2", "A3")),
    cents: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    until: fc.date({
      min: new Date("2000-01-01T00:00:00Z"),
      max: new Date("2099-12-31T23:59:59Z"),
      noInvalidDate: true,
    }),
  },
  { noNullPrototype: true },
);

/** Holds for every repository that keeps the contract, and for no other one: it behaves like a Map of copies. */
export function property(makeRepository: () => Repository) {
  return fc.asyncProperty(fc.array(reservation), id, async (reservations, asked) => {
    const repository = makeRepository();
    const model = new Map<string, Reservation>();
    for (const reservation of reservations) {
      const mine = structuredClone(reservation);
      model.set(reservation.id, reservation);
      await repository.save(mine);
      spoil(mine);
      const found = await repository.find(reservation.id);
      if (found) spoil(found);
    }
    return isDeepStrictEqual(await repository.find(asked), model.get(asked));
  });
}

/** Does what a handler does that forgets to save. */
function spoil(reservation: Reservation): void {
  reservation.seats.push("Z9");
  reservation.cents += 1n;
  reservation.until.setTime(0);
}
