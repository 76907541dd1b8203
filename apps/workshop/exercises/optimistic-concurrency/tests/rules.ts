import { createMemoryStore } from "@counterpoint/memory";
import { forAll, propertyRules, red, rule, show } from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Request } from "../exercise.ts";
import { createBoxOffice, property } from "../exercise.ts";
import { createMutant as blindRetry } from "../mutants/blind-retry.ts";
import { createMutant as checkOutside } from "../mutants/check-outside-the-transaction.ts";
import { createMutant as clientVersionIgnored } from "../mutants/client-version-ignored.ts";
import { createOffice as decidesAnew } from "../mutants/correct-decides-anew.ts";
import { createOffice as oneAtATime } from "../mutants/correct-one-at-a-time.ts";
import { createMutant as noVersionCheck } from "../mutants/no-version-check.ts";
import { createMutant as offByOne } from "../mutants/off-by-one.ts";
import { asOffice, paced } from "./office.ts";

const at = ["store.append(", "async reserve(", "reserve("];
const atSeen = ["{ seat }", "seen", "reserve("];

rule(
  "A free seat is reserved, a taken one refused",
  { why: "one customer after the other is the least that it has to do", at },
  () =>
    forAll(fc.array(fc.constantFrom("A1", "A2"), { minLength: 1, maxLength: 4 }), async (seats) => {
      const office = createBoxOffice(createMemoryStore());
      const taken = new Set<string>();
      for (const seat of seats) {
        const outcome = await outcomeOf(office.reserve({ seat }));
        const given = `reserve ${seats.join(", then ")}`;
        const expected = taken.has(seat) ? "refused" : `version ${taken.add(seat).size}`;
        if (inWords(outcome) !== expected) {
          red({ given, observed: `${seat}: ${inWords(outcome)}`, expected });
        }
      }
    }),
);

rule(
  "Two customers never get the same seat",
  { why: "between what you have read and what you write, others write", at },
  () =>
    forAll(crowd(fc.constant("A1"), 2), async ({ scheduler, seats }) => {
      const { given, calls, served } = await serve(scheduler, seats);
      for (const seat of new Set(seats)) {
        const got = served.filter((each) => each.seat === seat && each.version !== undefined);
        if (got.length <= 1) continue;
        red({
          given: given(),
          observed: `${got.length} customers have ${seat}`,
          expected: "one has it, the others are refused",
          consequence: lostUpdate(calls),
        });
      }
    }),
);

rule(
  "Nobody is refused a seat that nobody has",
  { why: "one stream for the hall: who takes B2 is in the way of who takes A1", at },
  () =>
    forAll(crowd(fc.constantFrom("A1", "A2", "B1"), 3), async ({ scheduler, seats }) => {
      const { given, served } = await serve(scheduler, seats);
      for (const seat of new Set(seats)) {
        const own = served.filter((each) => each.seat === seat);
        if (own.some(({ version }) => version !== undefined)) continue;
        red({
          given: given(),
          observed: `${seat} is free, and was refused: ${show(own[0]?.error)}`,
          expected: `somebody has ${seat}`,
          consequence: "A conflict says that the decision is old, not that it is no: decide anew.",
        });
      }
    }),
);

rule(
  "Who has seen an older hall is asked to look again",
  { why: "the customer decided on what they saw, long before you read", at: atSeen },
  () =>
    forAll(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 4 })), async ([before, seen]) => {
      const store = createMemoryStore();
      const office = createBoxOffice(store);
      for (let row = 1; row <= before; row++) await office.reserve({ seat: `B${row}` });
      const outcome = await outcomeOf(office.reserve({ seat: "A1", seen }));
      const expected = seen === before ? `version ${before + 1}` : "refused";
      if (inWords(outcome) === expected) return;
      red({
        given: `the hall is at version ${before} · reserve A1, seen ${seen}`,
        observed: inWords(outcome),
        expected,
        consequence:
          expected === "refused"
            ? "The customer gets a seat in another hall than the one they looked at."
            : "Nothing has changed since they looked, and they are sent away.",
      });
    }),
);

rule(
  "Nobody slips in between the check of the seen version and the write",
  { why: "a check that is not part of the write is a guess", at: atSeen },
  () =>
    forAll(
      fc.record({ scheduler: fc.scheduler(), seen: fc.nat({ max: 1 }) }),
      async ({ scheduler, seen }) => {
        const { given, served } = await serve(scheduler, ["A2", "A1"], [undefined, seen]);
        const [, late] = served;
        if (late?.version === undefined || late.version === seen + 1) return;
        red({
          given: `A1 with seen ${seen} · ${given()}`,
          observed: `A1 reserved at version ${late.version}`,
          expected: `version ${seen + 1}, or refused`,
          consequence: "The retry forgot which hall the customer had seen.",
        });
      },
    ),
);

propertyRules({
  property,
  noun: "box office",
  uses: ["reserve", "paceWith"],
  at: ["asyncProperty", "property("],
  correct: {
    "decides anew after a conflict": () => asOffice(decidesAnew),
    "one at a time, with errors of its own": () => asOffice(oneAtATime),
  },
  mutants: {
    "no-version-check": () => asOffice(noVersionCheck),
    "check-outside-the-transaction": () => asOffice(checkOutside),
    "blind-retry": () => asOffice(blindRetry),
    "client-version-ignored": () => asOffice(clientVersionIgnored),
    "off-by-one": () => asOffice(offByOne),
  },
});

/** Some customers at once, and an order for their calls to the store. */
function crowd(seat: fc.Arbitrary<string>, maxLength: number) {
  const seats = fc.array(seat, { minLength: 2, maxLength });
  return fc.record({ scheduler: fc.scheduler(), seats });
}

interface Service {
  readonly given: () => string;
  /** In the order in which the store got them: `ada reads`. */
  readonly calls: readonly string[];
  readonly served: readonly Served[];
}

interface Served extends Request {
  readonly version?: number;
  readonly error?: unknown;
}

/** Has all requests begin at once; each customer's calls are told apart in `given`. */
async function serve(
  scheduler: fc.Scheduler,
  seats: readonly string[],
  seen: readonly (number | undefined)[] = [],
): Promise<Service> {
  const store = createMemoryStore();
  const calls: string[] = [];
  const pending = seats.map(async (seat, index): Promise<Served> => {
    const name = NAMES[index] ?? "somebody";
    const office = createBoxOffice(
      paced(store, scheduler, (call) => calls.push(`${name} ${call}`)),
    );
    const version = seen[index];
    const request = version === undefined ? { seat } : { seat, seen: version };
    return { seat, ...(await outcomeOf(office.reserve(request))) };
  });
  const served = await scheduler.waitFor(Promise.all(pending));
  const wishes = seats.map((seat, index) => `${NAMES[index]} wants ${seat}`).join(", ");
  return { given: () => `${wishes}: ${calls.join(" → ")}`, calls, served };
}

/** Tells from what each customer's calls were which lost update it is. */
function lostUpdate(calls: readonly string[]): string {
  const own = NAMES.map((name) =>
    calls.flatMap((call) => (call.startsWith(name) ? [call.slice(name.length + 1)] : [])),
  );
  if (own.some((calls) => calls.join().includes("appends,appends"))) {
    return "The retry wrote again what was decided on an older hall: repeat the decision.";
  }
  if (own.some((calls) => calls.join().includes("reads,reads"))) {
    return "A lost update: to look once more makes the gap smaller. The write has to check.";
  }
  return "A lost update: both decided on the same hall, and both wrote.";
}

const NAMES = ["ada", "bob", "eve"];

async function outcomeOf(
  reservation: Promise<number>,
): Promise<{ readonly version?: number; readonly error?: unknown }> {
  try {
    return { version: await reservation };
  } catch (error) {
    return { error };
  }
}

function inWords({ version }: { readonly version?: number }): string {
  return version === undefined ? "refused" : `version ${version}`;
}
