import { copyJson, prepareAppends } from "@counterpoint/events";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventMessages, histories, interleavings, jsonPayloads } from "./arbitraries.ts";
import { deepEqual } from "./node.ts";

describe("arbitraries", () => {
  it("make payloads that survive JSON and every store", () => {
    fc.assert(
      fc.property(jsonPayloads(), (payload) => {
        deepEqual(copyJson(payload, "payload"), payload);
        deepEqual(JSON.parse(JSON.stringify(payload)), payload);
      }),
    );
  });

  it("make histories that every store accepts", () => {
    fc.assert(
      fc.property(histories(), (history) => {
        for (const appends of history) expect(prepareAppends(appends)).toHaveLength(appends.length);
      }),
    );
  });

  it("make messages of the types asked for", () => {
    fc.assert(
      fc.property(eventMessages(["A", "B"]), ({ type }) => {
        expect(["A", "B"]).toContain(type);
      }),
    );
  });

  it("merge lists without losing or reordering what belongs together", () => {
    const lists = [["a1", "a2", "a3"], ["b1", "b2"], [], ["c1"]];
    fc.assert(
      fc.property(interleavings(lists), (merged) => {
        expect(merged).toHaveLength(6);
        for (const list of lists) {
          expect(merged.filter((item) => list.includes(item))).toEqual(list);
        }
      }),
    );
  });

  it("merge lists in every possible way", () => {
    const seen = new Set(
      fc
        .sample(
          interleavings([
            ["a1", "a2"],
            ["b1", "b2"],
          ]),
          500,
        )
        .map((each) => each.join("")),
    );
    expect(seen.size).toBe(6);
  });
});
