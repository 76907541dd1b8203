import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOUNDS_MS, figuresOf, histogram, percentile } from "./figures.ts";

const durations = fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }), { maxLength: 300 });

describe("percentile", () => {
  it("is the smallest duration that enough of them do not exceed", () => {
    fc.assert(
      fc.property(
        durations.filter(({ length }) => length > 0),
        fc.integer({ min: 1, max: 100 }),
        (some, percent) => {
          const sorted = some.toSorted((a, b) => a - b);
          const found = percentile(sorted, percent);
          const enough = (percent / 100) * sorted.length;
          expect(sorted.filter((ms) => ms <= found).length).toBeGreaterThanOrEqual(enough);
          expect(sorted.filter((ms) => ms < found).length).toBeLessThan(enough);
        },
      ),
    );
  });
});

describe("figuresOf", () => {
  it("sums up whatever the order", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(figuresOf(hundred)).toEqual({ count: 100, p50: 50, p99: 99, max: 100 });
  });

  it("has nothing to say of nothing", () => {
    expect(figuresOf([])).toBeUndefined();
  });
});

describe("histogram", () => {
  it("counts every duration in exactly one column", () => {
    fc.assert(
      fc.property(durations, (some) => {
        const buckets = histogram(some);
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(some.length);
        for (const { fromMs, toMs, count } of buckets.slice(0, -1)) {
          expect(count).toBe(some.filter((ms) => ms >= fromMs && ms < toMs).length);
        }
      }),
    );
  });

  it("has one column fewer than bounds", () => {
    expect(histogram([])).toHaveLength(BOUNDS_MS.length - 1);
  });
});
