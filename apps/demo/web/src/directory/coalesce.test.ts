import { expect, it } from "vitest";
import { coalesce } from "./coalesce.ts";

it("follows the last call by a whole run, and never runs twice at once", async () => {
  const runs: (() => void)[] = [];
  const refresh = coalesce(() => new Promise<void>((resolve) => runs.push(resolve)));

  refresh();
  expect(runs).toHaveLength(1);
  refresh();
  refresh();
  expect(runs).toHaveLength(1);
  runs[0]!();
  await settled();
  expect(runs).toHaveLength(2);
  runs[1]!();
  await settled();
  expect(runs).toHaveLength(2);
  refresh();
  expect(runs).toHaveLength(3);
});

it("goes on after a run that failed", async () => {
  let runs = 0;
  const refresh = coalesce(() => {
    runs += 1;
    return Promise.reject(new Error("no answer"));
  });
  refresh();
  await settled();
  refresh();
  expect(runs).toBe(2);
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
