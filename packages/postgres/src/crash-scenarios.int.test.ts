import { crashScenarios } from "@counterpoint/testing";
import { describe, expect, it } from "vitest";
import { openApart } from "../test/engines.ts";

describe("on a real server", () => {
  it.each(crashScenarios(openApart))(
    "survives a crash at every call: $name",
    { timeout: 300_000 },
    async (each) => {
      const { calls, points } = await each.sweep();
      expect(points).toHaveLength(calls * 2);
      expect(new Set(points.map(({ method }) => method)).size).toBeGreaterThan(1);
    },
  );
});
