import assert from "node:assert/strict";
import fc from "fast-check";
import type { Repository, Reservation } from "./box-office.ts";

const any = fc.record(
  {
    seats: fc.array(fc.constantFrom("A1", "B2")),
    cents: fc.bigInt(1n, 1_000_000n),
    until: fc.date({ min: new Date(1e12), max: new Date(2e12), noInvalidDate: true }),
  },
  { noNullPrototype: true },
);

/** Four promises, one after the other. */
export function property(makeRepository: () => Repository) {
  return fc.asyncProperty(any, any, async (first, second) => {
    const repository = makeRepository();
    assert.equal(await repository.find("r1"), undefined);

    const one: Reservation = { id: "r1", ...structuredClone(first) };
    await repository.save(one);
    assert.deepEqual(await repository.find("r1"), { id: "r1", ...first });

    one.cents = 0n;
    assert.deepEqual(await repository.find("r1"), { id: "r1", ...first }, "kept what was saved");
    const found = await repository.find("r1");
    if (found) found.cents = 0n;
    assert.deepEqual(await repository.find("r1"), { id: "r1", ...first }, "gave what it keeps");

    await repository.save({ id: "r2", ...second });
    await repository.save({ id: "r1", ...second });
    assert.deepEqual(await repository.find("r1"), { id: "r1", ...second });
  });
}
