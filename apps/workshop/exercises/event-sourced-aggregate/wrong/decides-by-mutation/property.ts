import fc from "fast-check";
import type { ConcertEvent } from "./concert.ts";
import { SeatReserved } from "./concert.ts";

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

type Run = Step["run"];
type Step = fc.Command<Model, Concert>;

const SEATS = ["A1", "A2", "A3", "A4", "A5", "A6"];
const seat = fc.constantFrom(...SEATS);
const customer = fc.constantFrom("ada", "bob");

/** Anything may be tried at any time; after each step, concert and model agree. */
const step = (name: string, run: Run): Step => ({
  toString: () => name,
  check: () => true,
  run(model, concert) {
    run(model, concert);
    agree(concert.free(), 20 - model.owners.size);
    for (const seat of SEATS) agree(concert.owner(seat), model.owners.get(seat));
  },
});

const reserve = fc.tuple(seat, customer).map(([seat, customer]) =>
  step(`reserve ${seat} for ${customer}`, ({ log, owners }, concert) => {
    const holder = owners.get(seat);
    const own = [...owners.values()].filter((owner) => owner === customer).length;
    if (holder !== customer && (holder !== undefined || own >= 4)) {
      agree(
        isRefused(() => concert.reserve(seat, customer)),
        true,
      );
      return;
    }
    const events = concert.reserve(seat, customer);
    agree(events.length, holder === customer ? 0 : 1);
    log.push(...events);
    owners.set(seat, customer);
  }),
);
const release = seat.map((seat) =>
  step(`release ${seat}`, ({ log, owners }, concert) => {
    const events = concert.release(seat);
    agree(events.length, owners.has(seat) ? 1 : 0);
    log.push(...events);
    owners.delete(seat);
  }),
);
const inVain = fc.tuple(seat, customer).map(([seat, customer]) =>
  step(`${customer} is too late for ${seat}`, (_, concert) => {
    isRefused(() => concert.reserveInVain(seat, customer));
  }),
);
const reload = fc.constant(step("reload", ({ log }, concert) => concert.load(log)));

/** Whatever the steps: the concert is what its events make it, and so is the model. */
export function property(makeConcert: () => Concert) {
  const before = fc
    .subarray(SEATS)
    .map((seats) => seats.map((seat) => SeatReserved({ seat, customer: "ada" })));
  const steps = fc.commands([reserve, release, inVain, reload]);
  return fc.property(before, steps, (history, steps) => {
    const real = makeConcert();
    real.load(history);
    const owners = new Map(history.map(({ payload }) => [payload.seat, payload.customer]));
    fc.modelRun(() => ({ model: { log: [...history], owners }, real }), steps);
  });
}

function isRefused(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

function agree(observed: unknown, expected: unknown): void {
  if (observed !== expected) throw new Error(`${String(observed)}, expected ${String(expected)}`);
}
