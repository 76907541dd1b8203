import { expect, it } from "vitest";
import { storeContracts } from "./store-contracts.ts";

const suites = storeContracts(async () => Promise.reject(new Error("nothing to open")));

it.each(suites)("names each promise of the suite $name once", ({ cases }) => {
  const names = cases.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
});

it.each(suites)("opens a store for every case of the suite $name", async ({ cases }) => {
  for (const { run } of cases)
    await expect(run()).rejects.toThrow(/nothing to open|Property failed/);
});
