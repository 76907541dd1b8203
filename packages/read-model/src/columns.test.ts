import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Column, Columns } from "./columns.ts";
import { assertColumns, assertName, flawOf, isComparable, keyColumn, typeOf } from "./columns.ts";

const FITTING: Readonly<Record<string, readonly unknown[]>> = {
  text: ["", "Zoë 🦄", "\u0001"],
  integer: [0, -1, 2 ** 31 - 1, -(2 ** 31) + 1],
  bigint: [0n, 2n ** 63n - 1n, -(2n ** 63n)],
  "double precision": [0.5, Number.NaN, -Infinity, Number.MAX_VALUE],
  boolean: [true, false],
  timestamptz: [
    new Date(0),
    new Date("0001-01-01T00:00:00Z"),
    new Date("9999-12-31T23:59:59.999Z"),
  ],
  jsonb: [{}, [], "text", 1, false, { nested: [null] }],
};

const UNFITTING: Readonly<Record<string, readonly unknown[]>> = {
  text: [7, "a\u0000", "\uD800", new Date(0)],
  integer: [0.5, 2 ** 31, Number.NaN, "1", 1n],
  bigint: [1, 2n ** 63n, "1"],
  "double precision": ["0.5", 1n],
  boolean: [0, "true"],
  timestamptz: [0, "2025-01-01", new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15)],
  jsonb: [new Date(0), 1n, new Map(), Number.NaN, () => 1, { at: new Date(0) }],
};

describe("columns", () => {
  it.each(Object.entries(FITTING))("of type %s hold what fits", (column, values) => {
    for (const value of values) {
      expect(flawOf({ id: "1", value }, { id: "text", value: column as Column })).toBeUndefined();
    }
  });

  it.each(Object.entries(UNFITTING))("of type %s hold nothing else", (column, values) => {
    for (const value of [...values, null, undefined]) {
      expect(flawOf({ id: "1", value }, { id: "text", value: column as Column })).toMatch(
        `expected ${column}`,
      );
    }
  });

  it("hold null when they are marked so, and never undefined", () => {
    for (const column of Object.keys(FITTING)) {
      const columns = { id: "text", value: `${column}?` as Column } as const;
      expect(flawOf({ id: "1", value: null }, columns)).toBeUndefined();
      expect(flawOf({ id: "1", value: undefined }, columns)).toMatch("undefined");
      expect(flawOf({ id: "1" }, columns)).toMatch("undefined");
    }
  });

  it("leave no room for strays", () => {
    expect(flawOf({ id: "1", extra: 1 }, { id: "text" })).toBe("extra is not among the columns");
  });

  it("compare with values of their own type, and with null", () => {
    for (const [column, values] of Object.entries(FITTING)) {
      if (column === "jsonb") continue;
      for (const value of [...values, null])
        expect(isComparable(value, column as Column)).toBe(true);
    }
    expect(isComparable("a\u0000", "text")).toBe(true);
    expect(isComparable("7", "integer")).toBe(false);
    expect(isComparable(undefined, "text")).toBe(false);
    expect(isComparable(7, "text?")).toBe(false);
  });

  it("name their type and their key", () => {
    expect(typeOf("double precision?")).toBe("double precision");
    expect(typeOf("text")).toBe("text");
    expect(keyColumn({ id: "text", other: "integer" })).toBe("id");
  });

  it.each<[string, Columns, string]>([
    ["none", {}, "at least one column"],
    ["a key that is no text", { id: "integer" }, "is the key and must be"],
    ["a key that may be null", { id: "text?" }, "is the key and must be"],
    ["an unknown type", { id: "text", n: "money" as Column }, "Expected column n to be one of"],
    ["a type of a prototype", { id: "text", n: "constructor" as Column }, "Expected column n"],
    ["a name in capitals", { ID: "text" }, "name of a column"],
    ["a name with a quote", { id: "text", 'x"; --': "text" }, "name of a column"],
    ["a name that breaks objects", { id: "text", ["__proto__"]: "jsonb" }, "name of a column"],
  ])("are refused: %s", (_, columns, message) => {
    expect(() => assertColumns(columns)).toThrow(TypeError);
    expect(() => assertColumns(columns)).toThrow(message);
  });

  it("accept exactly the names that no adapter has to quote", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const isPlain = /^[a-z_][a-z0-9_]{0,62}$/.test(name) && name !== "__proto__";
        if (isPlain) expect(() => assertName("column", name)).not.toThrow();
        else expect(() => assertName("column", name)).toThrow(TypeError);
      }),
    );
    assertName("column", "x".repeat(63));
    expect(() => assertName("column", "x".repeat(64))).toThrow(TypeError);
  });
});
