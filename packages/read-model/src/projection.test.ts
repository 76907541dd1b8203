import { event, type } from "@counterpoint/bus";
import { describe, expect, it } from "vitest";
import { projection } from "./projection.ts";

const Put = event("Put", { payload: type<{ id: string }>() });

const definition = {
  version: 1,
  events: [Put],
  columns: { id: "text" },
  key: ({ payload }: { payload: { id: string } }) => payload.id,
  on: { Put: (_none: unknown, { payload }: { payload: { id: string } }) => ({ id: payload.id }) },
} as const;

const recorded = {
  type: "Put",
  payload: { id: "a" },
  stream: "s",
  version: 1,
  position: 1,
  recordedAt: new Date(0),
  metadata: { id: "1" },
};

describe("a projection", () => {
  it("knows the key and the document of its events", () => {
    const model = projection("notes", definition);
    expect(model.keyOf(recorded)).toBe("a");
    expect(model.apply(undefined, recorded)).toEqual({ id: "a" });
  });

  it("passes over other events, whatever they are called, without asking for a key", () => {
    const model = projection("notes", definition);
    for (const type of ["Other", "toString", "__proto__", "constructor", "put"]) {
      const stranger = { ...recorded, type, payload: undefined };
      expect(model.keyOf(stranger)).toBeUndefined();
      expect(model.apply({ id: "a" }, stranger)).toBeUndefined();
    }
  });

  it("takes another name, and is the same otherwise", () => {
    const model = projection("notes", definition);
    const other = model.as("notes_eventual").as("notes_too");
    expect([model.name, other.name]).toEqual(["notes", "notes_too"]);
    expect(other.apply(undefined, recorded)).toEqual({ id: "a" });
    expect([other.version, other.columns]).toEqual([1, { id: "text" }]);
    expect(() => model.as("Bad name")).toThrow(TypeError);
  });

  it.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["a bad name", () => projection("Notes", definition), TypeError, "name of a read model"],
    ["no version", () => projection("n", { ...definition, version: 0 }), RangeError, "integer ≥ 1"],
    ["half a version", () => projection("n", { ...definition, version: 1.5 }), RangeError, "1.5"],
    [
      "no columns",
      () => projection("n", { ...definition, columns: {} } as never),
      TypeError,
      "column",
    ],
    ["no key", () => projection("n", { ...definition, key: "id" } as never), TypeError, "key of n"],
    ["no handler", () => projection("n", { ...definition, on: {} } as never), TypeError, "on.Put"],
  ])("is refused with %s", (_, define, error, message) => {
    expect(define).toThrow(error);
    expect(define).toThrow(message);
  });
});
