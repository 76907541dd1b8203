import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEventStoreError } from "./event-store-error.ts";
import { copyJson, isStorableText } from "./json.ts";

const storable = fc.string({ unit: "binary" }).filter(isStorableText);
const json = fc.jsonValue({ stringUnit: "binary" }).filter(isStorable);

describe("copyJson", () => {
  it("copies what JSON holds, as JSON would", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(copyJson(value, "value")).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("copies a copy to the same", () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = copyJson(value, "value");
        expect(copyJson(once, "value")).toStrictEqual(once);
      }),
    );
  });

  it("shares nothing with what it was given", () => {
    const given = { list: [{ name: "kept" }], at: { deep: [1] } };
    const copy = copyJson(given, "value") as typeof given;
    given.list[0]!.name = "changed";
    given.at.deep.push(2);
    expect(copy).toEqual({ list: [{ name: "kept" }], at: { deep: [1] } });
  });

  it("leaves out undefined members and the sign of zero", () => {
    expect(copyJson({ a: undefined, b: [{ c: undefined }], d: -0 }, "value")).toStrictEqual({
      b: [{}],
      d: 0,
    });
  });

  it("keeps a key named __proto__ a key", () => {
    const given = JSON.parse('{"__proto__": {"isAdmin": true}}') as object;
    const copy = copyJson(given, "value") as { isAdmin?: boolean };
    expect(copy.isAdmin).toBeUndefined();
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"isAdmin":true}}');
  });

  it.each<[string, unknown, string]>([
    ["a date", { at: new Date(0) }, "Fact payload.at is a Date"],
    ["a bigint", { list: [1, 2n] }, "Fact payload.list[1] is a bigint"],
    ["NaN", Number.NaN, "Fact payload is NaN"],
    ["infinity", [Infinity], "Fact payload[0] is Infinity"],
    ["undefined itself", undefined, "Fact payload is a undefined"],
    ["a hole", [1, undefined], "Fact payload[1] is a undefined"],
    ["a map", new Map(), "Fact payload is a Map"],
    ["a set", new Set(), "Fact payload is a Set"],
    ["an instance", new (class Money {})(), "Fact payload is a Money"],
    ["a function", { run: () => 1 }, "Fact payload.run is a function"],
    ["a symbol", { tag: Symbol("x") }, "Fact payload.tag is a symbol"],
    ["U+0000", { name: "a\u0000b" }, "Fact payload.name contains U+0000"],
    ["half a pair", { name: "\uD83E" }, "Fact payload.name contains half a surrogate pair"],
    ["a key with U+0000", { "\u0000": 1 }, "Fact payload (a key) contains U+0000"],
  ])("refuses %s, and says where", (_, value, message) => {
    expect(() => copyJson(value, "Fact payload")).toThrow(message);
    expect(() => copyJson(value, "Fact payload")).toThrow(
      expect.toSatisfy((error: unknown) => isEventStoreError(error, "INVALID_EVENT")),
    );
  });

  it("refuses cycles, and nesting without end", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = { back: [cycle] };
    expect(() => copyJson(cycle, "value")).toThrow("deeper than 100 levels, or a cycle");
    const nest = (depth: number): unknown =>
      Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1);
    expect(copyJson(nest(100), "value")).toEqual(nest(100));
    expect(() => copyJson(nest(101), "value")).toThrow("deeper than 100 levels");
  });
});

describe("isStorableText", () => {
  it("accepts well-formed text, and nothing that UTF-8 or Postgres would change", () => {
    fc.assert(
      fc.property(storable, (text) => {
        expect(isStorableText(`${text}\u0000`)).toBe(false);
        expect(isStorableText(`${text}\uD800`)).toBe(false);
      }),
    );
    expect(isStorableText("")).toBe(true);
    expect(isStorableText("🦄\uFFFF\u0001")).toBe(true);
  });
});

function isStorable(value: unknown): boolean {
  return !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value));
}
