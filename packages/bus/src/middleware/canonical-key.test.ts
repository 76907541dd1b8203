import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { CanonicalKey } from "../../test/canonical-key-model.ts";
import { tellsValuesApart } from "../../test/canonical-key-model.ts";
import { verdict } from "../../test/disagreement.ts";
import { rightKey, wrongKeys } from "../../test/planted-canonical-keys.ts";
import { canonicalKey } from "./canonical-key.ts";

vi.setConfig({ testTimeout: 60_000 }); // on a busy machine

describe("canonicalKey", () => {
  it("is the same exactly for what is the same data", async () => {
    await fc.assert(tellsValuesApart(canonicalKey), { numRuns: 3_000 });
  });

  it("is made of any data that fast-check knows, and of its copy alike", () => {
    const anything = fc.anything({
      ...{ withBigInt: true, withDate: true, withMap: true, withSet: true },
      ...{ withNullPrototype: true, withSparseArray: true, withTypedArray: true },
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(canonicalKey(structuredClone(value))).toBe(canonicalKey(value));
      }),
    );
  });

  it("takes a record without a prototype for a record, and a subclass for what it extends", () => {
    expect(canonicalKey(Object.assign(Object.create(null), { a: 1 }))).toBe(canonicalKey({ a: 1 }));
    class Tags extends Set<string> {}
    expect(canonicalKey(new Tags(["a"]))).toBe(canonicalKey(new Set(["a"])));
  });

  it("tells lists with further members apart", () => {
    const found = /b/.exec("ab");
    expect(canonicalKey(found)).not.toBe(canonicalKey(["b"]));
  });

  it("is made of what occurs twice", () => {
    const shared = { a: 1 };
    expect(canonicalKey([shared, shared])).toBe(canonicalKey([{ a: 1 }, { a: 1 }]));
  });

  class Money {
    readonly #cents = 1;
    get cents(): number {
      return this.#cents;
    }
  }
  const cycle: unknown[] = [];
  cycle.push({ cycle });

  it.each<[unknown, string]>([
    [() => {}, "function"],
    [Symbol("a"), "symbol"],
    [new Money(), "Money"],
    [{ price: new Money() }, "Money"],
    [Object.create({ a: 1 }), "Object"],
    [{ [Symbol("a")]: 1 }, "member under a symbol"],
    [new WeakMap(), "WeakMap"],
    [/a/, "RegExp"],
    [new Error("a"), "Error"],
    [new Number(1), "Number"],
    [Promise.resolve(), "Promise"],
    [new DataView(new ArrayBuffer(1)), "DataView"],
    [cycle, "cycle"],
  ])("refuses %o", (value, what) => {
    expect(() => canonicalKey(value)).toThrow(
      new TypeError(`A key can be made of plain data only, not of a ${what}.`),
    );
  });
});

it("makes a key of 500 levels, and says so when there are more", () => {
  const nested = (levels: number): unknown =>
    Array.from({ length: levels }).reduce((inner) => ({ inner }), 1);
  expect(canonicalKey(nested(500))).toContain("1");
  for (const levels of [501, 200_000]) {
    expect(() => canonicalKey(nested(levels))).toThrow(
      new RangeError("A key can be made of data up to 500 levels deep, not of more."),
    );
  }
});

describe("the law of keys", () => {
  const seeds = [7, 88, 999];
  const verdicts = (keyOf: CanonicalKey): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(tellsValuesApart(keyOf), { seed, numRuns: 3_000 })));

  it.each(Object.entries({ canonicalKey, "the plain key": rightKey }))(
    "lets a right one pass: %s",
    async (_, keyOf) => {
      expect(await verdicts(keyOf)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongKeys))("kills one that %s", async (_, keyOf) => {
    expect(await verdicts(keyOf)).toEqual(seeds.map(() => "killed"));
  });
});
