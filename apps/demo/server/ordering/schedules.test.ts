import { describe, expect, it } from "vitest";
import { SCHEDULES, STEPS, TRANSACTIONS } from "./schedules.ts";

describe.each(SCHEDULES)("the schedule %s", (name) => {
  const steps = STEPS[name];

  it("begins each transaction once, and ends it once", () => {
    for (const who of TRANSACTIONS) {
      const acts = steps.filter((step) => step.who === who).map(({ does }) => does);
      if (acts.length === 0) continue;
      expect(acts[0]).toBe("begin");
      expect(["commit", "rollback"]).toContain(acts.at(-1));
      expect(acts.filter((act) => ["begin", "commit", "rollback"].includes(act))).toHaveLength(2);
      expect(acts.filter((act) => act === "append").length).toBeLessThanOrEqual(1);
    }
  });

  it("ends with a look at the log, and only the reader looks", () => {
    expect(steps.at(-1)).toEqual({ who: "reader", does: "poll" });
    for (const { who, does } of steps) expect(who === "reader").toBe(does === "poll");
  });
});
