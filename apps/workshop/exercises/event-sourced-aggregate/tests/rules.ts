import {
  forAll,
  propertyRules,
  red,
  refuses,
  rule,
  same,
  show,
} from "@counterpoint/workshop/grading";
import { fold } from "@counterpoint/write-model";
import fc from "fast-check";
import type { ConcertEvent } from "../exercise.ts";
import { concert, free, owner, property, release, reserve } from "../exercise.ts";
import { concert as counterBeside } from "../mutants/correct-counter-beside.ts";
import { concert as ownersBySeat } from "../mutants/correct-owners-by-seat.ts";
import { createMutant as decideMutates } from "../mutants/decide-mutates.ts";
import { createMutant as evolveValidates } from "../mutants/evolve-validates.ts";
import { createMutant as freshTwice } from "../mutants/fresh-events-applied-twice.ts";
import { createMutant as noOpEmits } from "../mutants/no-op-emits.ts";
import { createMutant as orderIgnored } from "../mutants/order-ignored.ts";
import { atDesk, reserved } from "./desk.ts";

type State = typeof concert.initial;

const SEATS = ["A1", "A2", "A3", "A4", "A5", "A6"];
const atReserve = ["function reserve", "const reserve", "reserve"];
const seat = fc.constantFrom(...SEATS);
const customer = fc.constantFrom("ada", "bob");
/** A customer reserves, `null` releases. */
const wish = fc.tuple(seat, fc.oneof({ withCrossShrink: true }, customer, fc.constant(null)));
type Wish = readonly [seat: string, customer: string | null];

rule(
  "Old events can be loaded, whatever today's rules are",
  { why: "what has happened cannot be refused any more", at: ["throw", "evolve:"] },
  () =>
    forAll(fc.integer({ min: 5, max: 6 }), (count) => {
      const history = SEATS.slice(0, count).map((seat) => reserved(seat, "ada"));
      const given = `SeatReserved#1 → … → SeatReserved#${count}, all ada's → load`;
      const state = load(history, given);
      if (free(state) !== 20 - count) {
        red({
          given,
          observed: `free ${free(state)}`,
          expected: `${20 - count}`,
          consequence: "An event was passed over: ada has paid for a seat that is sold again.",
        });
      }
      for (const seat of SEATS.slice(0, count)) {
        same(owner(state, seat), "ada", { given: `${given} → owner of ${seat}` });
      }
    }),
);

rule(
  "What breaks a rule is refused when it is decided",
  { why: "a rule that is nowhere protects nobody", at: atReserve },
  async () => {
    const four = load(
      SEATS.slice(0, 4).map((seat) => reserved(seat, "ada")),
      "four seats are ada's",
    );
    const consequence = "The rule left evolve and did not arrive where things are decided.";
    await refuses(() => reserve(four, "A1", "bob"), "SEAT_TAKEN", {
      given: "A1 is ada's → bob wants A1",
      consequence,
    });
    await refuses(() => reserve(four, "A5", "ada"), "TOO_MANY_SEATS", {
      given: "ada has A1 to A4, and wants A5",
      consequence,
    });
  },
);

rule(
  "A decision leaves the state as it was",
  { why: "a decision may still be refused by the store", at: atReserve },
  () =>
    forAll(fc.tuple(fc.array(wish, { maxLength: 4 }), wish), ([before, wish]) => {
      const state = before.reduce(run, initial());
      const known = structuredClone(state);
      tryTo(() => decide(state, wish));
      same(state, known, {
        given: `decide: ${inWords(wish)} → the store refuses`,
        consequence:
          "Deciding has changed the state itself: the seat looks taken, and no event says so.",
      });
    }),
);

rule(
  "What is so already records nothing",
  { why: "every event is news to somebody", at: ["release(", "release"] },
  () => {
    const consequence = "Whoever listens hears of something that has not happened.";
    same(release(initial(), "A1").length, 0, {
      given: "A1 is free → release A1 → events",
      consequence,
    });
    const state = load([reserved("A1", "ada")], "A1 is ada's");
    const again = tryTo(() => reserve(state, "A1", "ada"));
    if (again instanceof Error || again.length > 0) {
      red({
        given: "A1 is ada's → reserve A1 for ada",
        observed: again instanceof Error ? show(again) : `${again.length} events`,
        expected: "no event, and no error",
        consequence: "A click that is sent twice looks like somebody else's seat.",
      });
    }
  },
);

rule(
  "What a wish leaves is what everybody wanted",
  { why: "the rules are there for the seats", at: ["evolve:", "SeatReleased:"] },
  () =>
    forAll(fc.array(wish, { maxLength: 8 }), (wishes) => {
      const state = wishes.reduce(run, initial());
      const owners = wishes.reduce(ownersAfter, new Map<string, string>());
      const given = wishes.map(inWords).join(" → ");
      same(free(state), 20 - owners.size, { given: `${given} → free` });
      for (const seat of SEATS) {
        same(owner(state, seat), owners.get(seat), { given: `${given} → owner of ${seat}` });
      }
    }),
);

propertyRules({
  property,
  noun: "concert",
  uses: ["load", "reserve", "release", "reserveInVain", "free", "owner"],
  at: ["function property", "property"],
  correct: {
    "a map of owners": () => atDesk(ownersBySeat),
    "a counter beside a list": () => atDesk(counterBeside),
  },
  mutants: {
    "evolve-validates": evolveValidates,
    "decide-mutates": decideMutates,
    "order-ignored": orderIgnored,
    "fresh-events-applied-twice": freshTwice,
    "no-op-emits": noOpEmits,
  },
});

function initial(): State {
  return structuredClone(concert.initial);
}

function load(history: readonly ConcertEvent[], given: string): State {
  try {
    return fold(concert, initial(), history);
  } catch (error) {
    return red({
      given,
      observed: show(error),
      expected: "the state that these events make",
      consequence: "It was allowed at its time. Now nobody can sell, return or even look any more.",
    });
  }
}

function decide(state: State, [seat, customer]: Wish): readonly ConcertEvent[] {
  return customer === null ? release(state, seat) : reserve(state, seat, customer);
}

function run(state: State, wish: Wish): State {
  const events = tryTo(() => decide(state, wish));
  return events instanceof Error ? state : fold(concert, state, events);
}

function ownersAfter(owners: Map<string, string>, [seat, customer]: Wish): Map<string, string> {
  if (customer === null) owners.delete(seat);
  else if (
    !owners.has(seat) &&
    [...owners.values()].filter((owner) => owner === customer).length < 4
  )
    owners.set(seat, customer);
  return owners;
}

function tryTo<T>(act: () => T): T | Error {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function inWords([seat, customer]: Wish): string {
  return customer === null ? `release ${seat}` : `reserve ${seat} for ${customer}`;
}
