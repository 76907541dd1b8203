import { describe, expect, it } from "vitest";
import { Throughput } from "./throughput.ts";

describe("Throughput", () => {
  it("tells the rate since the first second in which there was something", () => {
    const throughput = new Throughput();
    expect(throughput.perSecond(0)).toBe(0);
    throughput.add(100, 1_000_000);
    expect(throughput.perSecond(1_000_500)).toBe(100);
    throughput.add(300, 1_003_000);
    expect(throughput.perSecond(1_004_000)).toBe(100);
  });

  it("forgets what is more than ten seconds ago", () => {
    const throughput = new Throughput();
    throughput.add(1_000, 0);
    throughput.add(50, 5_000);
    expect(throughput.perSecond(9_999)).toBe(105);
    expect(throughput.perSecond(10_000)).toBe(10);
    expect(throughput.perSecond(60_000)).toBe(0);
  });

  it("forgets the future when the clock is put back", () => {
    const throughput = new Throughput();
    throughput.add(1_000, 3_600_000);
    throughput.add(10, 1_000);
    expect(throughput.perSecond(2_000)).toBe(10);
  });
});
