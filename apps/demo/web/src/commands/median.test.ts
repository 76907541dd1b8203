import fc from "fast-check";
import { expect, it } from "vitest";
import { median } from "./median.ts";

it("has half of all durations at or below it, and no smaller one has", () => {
  const durations = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(durations, (ms) => {
      const found = median(ms) ?? Number.NaN;
      const below = (bound: number) => ms.filter((one) => one <= bound).length;
      expect(ms).toContain(found);
      expect(below(found) * 2).toBeGreaterThanOrEqual(ms.length);
      expect(below(found - 1) * 2).toBeLessThan(ms.length);
    }),
  );
});

it("knows no median of nothing", () => {
  expect(median([])).toBeUndefined();
});
