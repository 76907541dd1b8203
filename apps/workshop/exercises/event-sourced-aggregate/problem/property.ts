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

interface Model {
  /** All that was recorded. */
  readonly log: ConcertEvent[];
  readonly owners: Map<string, string>;
}

type Step = fc.Command<Model, Concert>;

const seat = fc.constantFrom("A1", "A2", "A3", "A4", "A5", "A6");
const customer = fc.constantFrom("ada", "bob");

const reserve = fc.tuple(seat, customer).map(([seat, customer]): Step => ({
  toString: () => `reserve ${seat} for ${customer}`,
  check: ({ owners }) => !owners.has(seat) && [...owners.values()].length < 4,
  run({ log, owners }, concert) {
    log.push(...concert.reserve(seat, customer));
    owners.set(seat, customer);
    if (concert.free() !== 20 - owners.size) throw new Error(`free ${concert.free()}`);
    if (concert.owner(seat) !== customer) throw new Error(`${seat}: ${concert.owner(seat)}`);
  },
}));

/** Whatever the steps: the concert is what its events make it, and so is the model. */
export function property(makeConcert: () => Concert) {
  return fc.property(fc.commands([reserve]), (steps) => {
    fc.modelRun(() => ({ model: { log: [], owners: new Map() }, real: makeConcert() }), steps);
  });
}
