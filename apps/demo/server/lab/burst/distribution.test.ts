import fc from "fast-check";
import { expect, it } from "vitest";
import { BOUNDS_MS, distributionOf } from "./distribution.ts";

it("has bounds that only ever grow, from nothing to more than a minute", () => {
  expect(BOUNDS_MS[0]).toBe(0);
  expect(BOUNDS_MS.at(-1)).toBeGreaterThan(60_000 / 2);
  for (let index = 1; index < BOUNDS_MS.length; index++) {
    expect(BOUNDS_MS[index]).toBeGreaterThan(BOUNDS_MS[index - 1]!);
  }
});

it("counts every duration once, in the column that it belongs to", () => {
  const durations = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 60 });
  fc.assert(
    fc.property(durations, (ms) => {
      const { columns, count } = distributionOf(ms);
      const expected = BOUNDS_MS.map((from, index) => {
        const to = BOUNDS_MS[index + 1] ?? Infinity;
        return ms.filter((one) => one >= from && one < to).length;
      });
      expect(columns).toEqual(expected);
      expect(count).toBe(ms.length);
    }),
  );
});

it("names percentiles by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(distributionOf(hundred)).toMatchObject({ p50_ms: 50, p99_ms: 99, max_ms: 100 });
  expect(distributionOf([7])).toMatchObject({ p50_ms: 7, p99_ms: 7, max_ms: 7 });
  expect(distributionOf([])).toMatchObject({ count: 0, p50_ms: null, p99_ms: null, max_ms: null });
});
