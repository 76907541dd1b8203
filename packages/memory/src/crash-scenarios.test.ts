import { crashScenarios } from "@counterpoint/testing";
import { expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const scenarios = crashScenarios(async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
}));

it.each(scenarios)("survives a crash at every call: $name", { timeout: 60_000 }, async (each) => {
  const { calls, points } = await each.sweep();
  expect(points).toHaveLength(calls * 2);
  expect(new Set(points.map(({ method }) => method)).size).toBeGreaterThan(1);
});
