import fc from "fast-check";
import type { Repository, Reservation } from "./box-office.ts";

type Model = Map<string, string>;
type Step = fc.AsyncCommand<Model, Repository>;

const id = fc.constantFrom("r1", "r2", "r3");
const text = (found: Reservation | undefined): string =>
  found === undefined
    ? "nothing"
    : `${found.id} ${found.seats.join("+")} ${BigInt.asIntN(64, found.cents)} ${found.until.toISOString()}`;

const look = (wanted: string): Step => ({
  check: () => true,
  toString: () => `find ${wanted}`,
  async run(model, repository) {
    const found = await repository.find(wanted);
    if (text(found) !== (model.get(wanted) ?? "nothing")) throw new Error(text(found));
    found?.seats.pop();
    found?.until.setUTCFullYear(1_999);
    if (text(await repository.find(wanted)) !== (model.get(wanted) ?? "nothing")) {
      throw new Error("It hands out what it keeps.");
    }
  },
});

const keep = (reservation: Reservation): Step => ({
  check: () => true,
  toString: () => `save ${text(reservation)}`,
  async run(model, repository) {
    const mine = structuredClone(reservation);
    model.set(mine.id, text(mine));
    await repository.save(mine);
    mine.seats.push("B1");
  },
});

const reservation = fc
  .tuple(id, fc.subarray(["A1", "A2"]), fc.nat(), fc.nat())
  .map(([id, seats, cents, ms]) => ({
    id,
    seats,
    cents: BigInt(cents),
    until: new Date(Date.UTC(2026) + ms),
  }));

/** Any steps, in any order: the repository says what the model says. */
export function property(makeRepository: () => Repository) {
  const steps = fc.commands([id.map(look), reservation.map(keep)]);
  return fc.asyncProperty(steps, async (steps) => {
    const setup = () => ({ model: new Map<string, string>(), real: makeRepository() });
    await fc.asyncModelRun(setup, steps);
  });
}
