import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExpectedVersion, StreamAppend } from "./event-store.ts";
import { isConcurrencyError } from "./event-store-error.ts";
import {
  assertInteger,
  assertReadLog,
  assertReadStream,
  checkVersion,
  prepareAppends,
} from "./prepare-appends.ts";

const fact = { type: "Fact", payload: { n: 1 } };

describe("prepareAppends", () => {
  it("fills in defaults and copies what is to be stored", () => {
    const payload = { list: [1] };
    const [prepared] = prepareAppends({ stream: "s", events: [{ type: "Fact", payload }] });
    payload.list.push(2);
    expect(prepared).toEqual({
      stream: "s",
      expectedVersion: "any",
      events: [{ type: "Fact", payload: { list: [1] } }],
      metadata: {},
    });
  });

  it("keeps the order of streams and events", () => {
    const prepared = prepareAppends([
      { stream: "b", events: [fact, { type: "Other", payload: undefined }], expectedVersion: 2 },
      { stream: "a", events: [fact], metadata: { actor: "ada" } },
    ]);
    expect(prepared.map(({ stream }) => stream)).toEqual(["b", "a"]);
    expect(prepared[0]!.events.map(({ type }) => type)).toEqual(["Fact", "Other"]);
    expect(prepared[1]!.metadata).toEqual({ actor: "ada" });
  });

  it.each<[string, unknown, string]>([
    ["no streams", [], "at least one stream"],
    ["nothing at all", undefined, "Expected an append { stream, events, … }, got undefined."],
    ["a stream without its events", "s", "Expected an append { stream, events, … }, got"],
    ["a hole among streams", [null], "Expected an append { stream, events, … }, got null."],
    ["no events", { stream: "s", events: [] }, "at least one event for stream s"],
    ["events that are no list", { stream: "s", events: fact }, "at least one event"],
    [
      "a stream twice",
      [
        { stream: "s", events: [fact] },
        { stream: "s", events: [fact] },
      ],
      "twice",
    ],
    ["an empty name", { stream: "", events: [fact] }, "1 to 512 characters"],
    ["a long name", { stream: "x".repeat(513), events: [fact] }, "got 513 characters"],
    ["no name", { events: [fact] }, "got undefined"],
    ["a name with U+0000", { stream: "a\u0000", events: [fact] }, "well-formed text"],
  ])("refuses %s", (_, append, message) => {
    expect(() => prepareAppends(append as StreamAppend)).toThrow(TypeError);
    expect(() => prepareAppends(append as StreamAppend)).toThrow(message);
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, "2", null])("refuses version %s", (version) => {
    const append = { stream: "s", events: [fact], expectedVersion: version as number };
    expect(() => prepareAppends(append)).toThrow(RangeError);
  });

  it.each<[unknown, string]>([
    ["exact", '"exact"'],
    ["2", '"2"'],
    ["x".repeat(25), `"${"x".repeat(20)}…"`],
    [-1, "-1"],
  ])("tells which versions there are in the place of %j", (version, got) => {
    const append = { stream: "s", events: [fact], expectedVersion: version as number };
    expect(() => prepareAppends(append)).toThrow(
      new RangeError(
        `Expected expectedVersion to be an integer ≥ 0 or one of "any", "none", "exists", got ${got}.`,
      ),
    );
  });

  it("refuses an event without a usable type", () => {
    for (const type of [undefined, 7, "a\u0000", "\uDC00"] as string[]) {
      expect(() => prepareAppends({ stream: "s", events: [{ type, payload: 1 }] })).toThrow(
        "An event for s has no usable type name.",
      );
    }
    const sparse = Array(1) as (typeof fact)[];
    expect(() => prepareAppends({ stream: "s", events: sparse })).toThrow(TypeError);
  });
});

describe("checkVersion", () => {
  it("agrees with the matrix", () => {
    const expected = fc.oneof(
      fc.constantFrom<ExpectedVersion>("any", "none", "exists"),
      fc.nat(5) as fc.Arbitrary<ExpectedVersion>,
    );
    fc.assert(
      fc.property(expected, fc.nat(5), (version, actual) => {
        const passes =
          version === "any" ||
          (version === "none" && actual === 0) ||
          (version === "exists" && actual > 0) ||
          version === actual;
        let refusal: unknown;
        try {
          checkVersion("s", version, actual);
        } catch (error) {
          refusal = error;
        }
        expect(isConcurrencyError(refusal)).toBe(!passes);
      }),
    );
  });
});

describe("ranges", () => {
  it("are integers from where they begin", () => {
    expect(() => assertInteger("limit", 1, 1)).not.toThrow();
    expect(() => assertInteger("limit", 0, 1)).toThrow(
      "Expected limit to be an integer ≥ 1, got 0.",
    );
    expect(() => assertReadStream({})).not.toThrow();
    expect(() => assertReadStream({ fromVersion: 0 })).toThrow(RangeError);
    expect(() => assertReadStream({ limit: 0 })).toThrow(RangeError);
    expect(() => assertReadLog({ after: 0, limit: 1 })).not.toThrow();
    expect(() => assertReadLog({ after: -1, limit: 1 })).toThrow(RangeError);
    expect(() => assertReadLog({ after: 0, limit: 0 })).toThrow(RangeError);
  });
});
