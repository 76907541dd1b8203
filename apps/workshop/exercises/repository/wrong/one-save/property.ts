import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Repository, Reservation } from "./box-office.ts";

const reservation: fc.Arbitrary<Reservation> = fc.record(
  {
    id: fc.constantFrom("r1", "r2"),
    seats: fc.array(fc.constantFrom("A1", "A2", "A3")),
    cents: fc.bigInt({ min: 0n, max: 100_000n }),
    until: fc.constant("2026-05-01T20:00:00Z").map((text) => new Date(text)),
  },
  { noNullPrototype: true },
);

/** What was saved is what is found. */
export function property(makeRepository: () => Repository) {
  return fc.asyncProperty(reservation, async (reservation) => {
    const repository = makeRepository();
    await repository.save(reservation);
    return isDeepStrictEqual(await repository.find(reservation.id), reservation);
  });
}
