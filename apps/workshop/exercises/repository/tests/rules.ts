import {
  forAll,
  openDatabase,
  propertyRules,
  red,
  rule,
  same,
} from "@counterpoint/workshop/grading";
import fc from "fast-check";
import type { Repository, Reservation } from "../exercise.ts";
import { createMemoryRepository, extend, property } from "../exercise.ts";
import { createMutant as absentRowThrows } from "../mutants/absent-row-throws.ts";
import { createColumnsRepository } from "../mutants/correct-columns.ts";
import { createMapRepository } from "../mutants/correct-map.ts";
import { createMutant as keptAsJson } from "../mutants/kept-as-json.ts";
import { createMutant as liveReference } from "../mutants/live-reference.ts";
import { createMutant as updateIgnored } from "../mutants/update-ignored.ts";
import { postgresRepositories } from "./postgres-repository.ts";

const reservation: fc.Arbitrary<Reservation> = fc.record(
  {
    id: fc.constant("r1"),
    seats: fc.uniqueArray(fc.constantFrom("A1", "A2", "A3"), { minLength: 1 }),
    cents: fc.constantFrom(4_500n, 0n, 9_007_199_254_740_993n, 2n ** 63n - 1n),
    until: fc
      .constantFrom("2026-05-01T20:00:00.000Z", "2000-01-01T00:00:00.001Z", "2099-12-31T23:59:59Z")
      .map((text) => new Date(text)),
  },
  { noNullPrototype: true },
);

rule(
  "Ten more minutes are kept",
  {
    why: "the next request is answered by what was saved, not by what you hold",
    at: ["reservation.until =", "function extend(", "extend"],
  },
  () =>
    forAll(fc.record({ reservation, make: adapter }), async ({ reservation, make }) => {
      const repository = make();
      await repository.save(structuredClone(reservation));
      await extend(repository, "r1");
      const { until, ...others } = await foundIn(repository, "save(r1) → extend(r1) → find(r1)");
      const before = timeOf(reservation.until);
      const after = timeOf(new Date(reservation.until.getTime() + 600_000));
      const given = `save(r1 until ${before}) → extend(r1) → find(r1)`;
      const observed = `until ${timeOf(until)}`;
      if (observed !== `until ${after}`) {
        const consequence =
          "What was found is a copy. Over an adapter that hands out what it keeps, this mistake passes.";
        red({ given, observed, expected: after, consequence });
      }
      const { until: _, ...unchanged } = reservation;
      same(others, unchanged, { given, consequence: "Only the time was to change." });
    }),
);

/** Prints as itself, not as a function. */
const adapter = fc.constantFrom(createMapRepository, createColumnsRepository);

const at = ["find: async", "async find(", "createMemoryRepository"];

rule(
  "What goes into the memory repository comes out",
  { why: "handlers rely on the types, whatever keeps the rows", at },
  () =>
    forAll(fc.tuple(reservation, reservation), async ([first, second]) => {
      const repository = createMemoryRepository();
      for (const each of [first, second]) {
        await repository.save(structuredClone(each));
        const given = "save(r1) → find(r1)";
        same(structuredClone(await foundIn(repository, given)), each, {
          given,
          consequence: "A copy by way of JSON has no dates and no bigints.",
        });
      }
      same(await repository.find("r2"), undefined, { given: "find(r2), which nobody has saved" });
    }),
);

rule(
  "Whoever changes what was found changes nothing that is kept",
  { why: "a test double that is kinder than Postgres makes tests lie", at },
  () =>
    forAll(reservation, async (reservation) => {
      const repository = createMemoryRepository();
      await repository.save(structuredClone(reservation));
      await expectUnspoilt(repository, await foundIn(repository, "save(r1) → find(r1)"), {
        door: "find",
        reservation,
      });
    }),
);

rule(
  "Whoever changes what was saved changes nothing that is kept",
  {
    why: "a caller goes on working with its object after save",
    at: ["save: async", "async save(", ...at],
  },
  () =>
    forAll(reservation, async (reservation) => {
      const repository = createMemoryRepository();
      const mine = structuredClone(reservation);
      await repository.save(mine);
      await expectUnspoilt(repository, mine, { door: "save", reservation });
    }),
);

propertyRules({
  property,
  noun: "repository",
  uses: ["find", "save"],
  at: ["asyncProperty", "property("],
  correct: {
    "a Map of copies": createMapRepository,
    "columns of text, members in another order": createColumnsRepository,
  },
  mutants: {
    "live-reference": liveReference,
    "update-ignored": updateIgnored,
    "kept-as-json": keptAsJson,
    "absent-row-throws": absentRowThrows,
  },
  last: {
    name: "Postgres in this process",
    rule: "Postgres passes too",
    why: "a contract that only memory can keep is none",
    consequence:
      "Memory keeps whatever it gets. Your property asks for more than the contract says.",
    open: async () => postgresRepositories(await openDatabase()),
    numRuns: 25,
    timeLimitMs: 60_000,
  },
});

interface Spoiling {
  /** Through which method the object went. */
  readonly door: "find" | "save";
  readonly reservation: Reservation;
}

/** Changes an object at every depth, and asks again. An adapter may as well hand out what refuses to be changed. */
async function expectUnspoilt(
  repository: Repository,
  theirs: Reservation,
  { door, reservation }: Spoiling,
): Promise<void> {
  const changes: Readonly<Record<string, () => void>> = {
    "cents = 1n": () => void (theirs.cents = 1n),
    'seats.push("Z9")': () => void theirs.seats.push("Z9"),
    "until.setTime(0)": () => void theirs.until.setTime(0),
  };
  for (const [change, act] of Object.entries(changes)) {
    try {
      act();
    } catch {
      continue;
    }
    const given = `${door}(r1) → ${change}, and no save → find(r1)`;
    same(structuredClone(await foundIn(repository, given)), reservation, {
      given,
      consequence:
        change === "cents = 1n"
          ? "One object, held by two: a forgotten save goes unnoticed."
          : "The copy is shallow: what lies within is still one object, held by two.",
    });
  }
}

async function foundIn(repository: Repository, given: string): Promise<Reservation> {
  const found = await repository.find("r1");
  return found ?? red({ given, observed: "undefined", expected: "the reservation r1" });
}

/** `20:00` reads better than the whole; the day is told where it is another one. */
function timeOf(date: Date): string {
  const text = date.toISOString();
  return text.startsWith("2026-05-01T") && text.endsWith(":00.000Z") ? text.slice(11, 16) : text;
}
