import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StepReport, StrategyReport } from "../../../server/ordering/messages.ts";
import { axisOf, lanesOf, looksOf } from "./lanes.ts";

const step = (given: Pick<StepReport, "who" | "does"> & Partial<StepReport>): StepReport => ({
  ...{ began_ms: 0, done_ms: 0, waited_for: null, position: null, saw: [] },
  ...given,
});

const report: StrategyReport = {
  ...{ strategy: "serialized", took_ms: 90, disturbed: false },
  steps: [
    step({ who: "A", does: "begin", began_ms: 0, done_ms: 1 }),
    step({ who: "A", does: "append", began_ms: 1, done_ms: 5, position: 1 }),
    step({ who: "B", does: "begin", began_ms: 10, done_ms: 11 }),
    step({ who: "B", does: "append", began_ms: 12, done_ms: 51, waited_for: "A", position: 2 }),
    step({ who: "B", does: "commit", began_ms: 14, done_ms: 53 }),
    step({ who: "reader", does: "poll", began_ms: 20, done_ms: 21 }),
    step({ who: "A", does: "rollback", began_ms: 40, done_ms: 50 }),
    step({ who: "reader", does: "poll", began_ms: 60, done_ms: 61, saw: ["B"] }),
  ],
  events: [
    {
      ...{ transaction: "A", stream: "a", version: 1, position: 1, became: "rolled back" },
      ...{ committed_ms: null, seen_ms: null, held_back_ms: 0 },
    },
    {
      ...{ transaction: "B", stream: "b", version: 1, position: 2, became: "seen" },
      ...{ committed_ms: 53, seen_ms: 61, held_back_ms: 0 },
    },
  ],
  ...{ read: ["B"], lost: [], out_of_order: [] },
  cost: { writers_waited_ms: 39, held_back_events: 0, held_back_ms: 0, locks_per_append: 2 },
};

describe("the lanes of a play", () => {
  it("run from a transaction's begin to its end, with its wait and its event", () => {
    expect(lanesOf(report)).toEqual([
      {
        ...{ name: "A", fromMs: 0, toMs: 50, end: "rollback" },
        event: { ms: 5, position: 1, became: "rolled back" },
      },
      {
        ...{ name: "B", fromMs: 10, toMs: 53, end: "commit" },
        wait: { fromMs: 12, toMs: 51, for: "A" },
        event: { ms: 51, position: 2, became: "seen" },
      },
    ]);
  });

  it("have the reader's polls beside them, with what each gave", () => {
    expect(looksOf(report)).toEqual([
      { ms: 21, positions: [] },
      { ms: 61, positions: [2] },
    ]);
  });
});

describe("the axis", () => {
  it("has room for the longest play, and two to six ticks, whatever it took", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60_000, noNaN: true }), (took_ms) => {
        const { endMs, ticksMs } = axisOf([{ ...report, took_ms }, report]);
        expect(endMs).toBeGreaterThanOrEqual(took_ms);
        expect(ticksMs.length).toBeGreaterThanOrEqual(2);
        expect(ticksMs.length).toBeLessThanOrEqual(6);
        expect(ticksMs[0]).toBe(0);
        expect(ticksMs.at(-1)).toBe(endMs);
      }),
    );
  });
});
