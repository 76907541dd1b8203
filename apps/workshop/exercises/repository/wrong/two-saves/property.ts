import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Repository, Reservation } from "./box-office.ts";

const reservation: fc.Arbitrary<Reservation> = fc.record(
  {
    id: fc.constant("r1"),
    seats: fc.array(fc.constantFrom("A1", "A2", "A3")),
    cents: fc.bigInt({ min: 0n, max: 100_000n }),
    until: fc.constant("2026-05-01T20:00:00Z").map((text) => new Date(text)),
  },
  { noNullPrototype: true },
);

/** The last save wins. */
export function property(makeRepository: () => Repository) {
  return fc.asyncProperty(reservation, reservation, async (first, second) => {
    const repository = makeRepository();
    for (const each of [first, second]) {
      await repository.save(each);
      deepStrictEqual(await repository.find("r1"), each);
    }
  });
}
