import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { figure, printPart, printTargets } from "./print.ts";
import type { Part } from "./report.ts";
import { atLeast, atMost, table } from "./report.ts";
import { quantile, summarize } from "./statistics.ts";

describe("summarize", () => {
  test("finds the middle and the quartiles, between samples where need be", () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25 });
    expect(summarize([7])).toEqual({ median: 7, q1: 7, q3: 7 });
  });

  test("lies within the samples, whatever their order", () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1 }), (samples) => {
        const { q1, median, q3 } = summarize(samples);
        const sorted = samples.toSorted((a, b) => a - b);
        expect(sorted[0]).toBeLessThanOrEqual(q1);
        expect(q1).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(q3);
        expect(q3).toBeLessThanOrEqual(sorted.at(-1)!);
        expect(summarize(samples.toReversed())).toEqual({ q1, median, q3 });
      }),
    );
  });

  test.each([[[]], [[1, NaN]], [[Infinity]]])("refuses %j", (samples) => {
    expect(() => summarize(samples)).toThrow(RangeError);
  });

  test("has no quantile of nothing", () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

const samples = new Map([
  ["limit", [16, 32, 64]],
  ["ours", [20, 80, 64]],
]);

describe("table", () => {
  test("divides round by round, so that weather which all share falls out", () => {
    const { rows } = table({ title: "T", unit: "ns", reference: "limit", samples });
    expect(rows[1]).toMatchObject({ median: 64, ratio: { median: 1.25, q1: 1.125, q3: 1.875 } });
  });

  test("holds figures against their bounds", () => {
    const { targets } = table({
      title: "T",
      unit: "ns",
      samples,
      targets: (ratioOf) => [
        atMost("ours × limit", 1.25, ratioOf("ours", "limit")),
        atLeast("ours × limit", 1.3, ratioOf("ours", "limit")),
        atMost("ours", 63, ratioOf("ours")),
      ],
    });
    expect(targets.map(({ met }) => met)).toEqual([true, false, false]);
  });

  test("has no target for who took no part", () => {
    const { targets } = table({
      title: "T",
      unit: "ns",
      samples,
      targets: (ratioOf) => [
        atMost("a", 1, ratioOf("nobody")),
        atLeast("b", 1, ratioOf("ours", "nobody")),
      ],
    });
    expect(targets).toEqual([]);
  });
});

describe("printing", () => {
  const part: Part = {
    name: "part",
    title: "Part",
    notes: ["word ".repeat(60)],
    tables: [
      table({
        title: "T",
        unit: "ns",
        reference: "limit",
        samples,
        targets: (ratioOf) => [atMost("ours × limit", 1.05, ratioOf("ours", "limit"))],
      }),
    ],
  };

  test("shows each contender, its ratio, and the bound it missed", () => {
    const text = printPart(part);
    expect(text).toMatch(/^ours +64\.0 +42\.0–72\.0 +1\.25 +1\.13–1\.88$/m);
    expect(text).toContain("✗ ours × limit ≤ 1.05: 1.25");
  });

  test("stays within 100 columns", () => {
    const longest = Math.max(
      ...printPart(part)
        .split("\n")
        .map(({ length }) => length),
    );
    expect(longest).toBeGreaterThan(80);
    expect(longest).toBeLessThanOrEqual(100);
  });

  test("counts targets", () => {
    expect(printTargets([part])).toMatch(/✗ T: ours × limit.*\n\n0 of 1 targets met$/);
  });

  test.each([
    [0, "0"],
    [0.01234, "0.012"],
    [0.999, "1.00"],
    [12.34, "12.3"],
    [17_447.4, "17,447"],
  ])("writes %d as %s", (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
