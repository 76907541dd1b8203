import { describe, expect, it } from "vitest";
import { prepareFind } from "./prepare-find.ts";

const columns = { id: "text", n: "integer?", data: "jsonb" } as const;

describe("prepareFind", () => {
  it("fills in the defaults, and ends the order with the key", () => {
    expect(prepareFind(columns, {})).toEqual({
      where: [],
      isImpossible: false,
      orderBy: ["id"],
      limit: 100,
      offset: 0,
    });
    expect(prepareFind(columns, { orderBy: ["n"] }).orderBy).toEqual(["n", "id"]);
    expect(prepareFind(columns, { orderBy: ["id", "n", "n"] }).orderBy).toEqual(["id", "n"]);
  });

  it("drops conditions that are undefined and keeps null", () => {
    const where = { id: undefined, n: null } as { n: null };
    expect(prepareFind<{ id: string; n: number | null }>(columns, { where }).where).toEqual([
      ["n", null],
    ]);
  });

  it("knows when nothing can match", () => {
    expect(prepareFind<{ id: string }>(columns, { where: { id: "a\u0000" } }).isImpossible).toBe(
      true,
    );
    expect(prepareFind<{ id: string }>(columns, { where: { id: "\uD800" } }).isImpossible).toBe(
      true,
    );
    expect(prepareFind<{ id: string }>(columns, { where: { id: "a" } }).isImpossible).toBe(false);
  });

  it.each([
    [{ where: { nothing: 1 } }, "There is no column nothing; there are id, n, data."],
    [{ where: { toString: 1 } }, "There is no column toString"],
    [{ orderBy: ["constructor"] }, "There is no column constructor"],
    [{ where: { data: {} } }, "Column data is jsonb, which is neither compared nor ordered."],
    [{ where: { n: "1" } }, "Column n is integer?; it cannot equal a text."],
    [{ where: { id: 1 } }, "Column id is text; it cannot equal 1."],
  ])("refuses %j", (options, message) => {
    expect(() => prepareFind(columns, options as object)).toThrow(TypeError);
    expect(() => prepareFind(columns, options as object)).toThrow(message);
  });

  it.each([{ limit: 0 }, { limit: 1.5 }, { offset: -1 }, { offset: Number.NaN }])(
    "refuses %j",
    (options) => {
      expect(() => prepareFind(columns, options)).toThrow(RangeError);
    },
  );
});
