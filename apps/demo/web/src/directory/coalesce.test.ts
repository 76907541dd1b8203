import { expect, it } from "vitest";
import { coalesce } from "./coalesce.ts";

it("follows the last call by a whole run, and never runs twice at once", async () => {
  const runs: (() => void)[] = [];
  const rests: (() => void)[] = [];
  const refresh = coalesce(held(runs), held(rests));

  refresh();
  refresh();
  refresh();
  expect(runs).toHaveLength(1);
  runs[0]!();
  await settled();
  expect(runs).toHaveLength(1); // it rests
  rests[0]!();
  await settled();
  expect(runs).toHaveLength(2);
  runs[1]!();
  await settled();
  rests[1]!();
  await settled();
  expect(runs).toHaveLength(2);
  refresh();
  expect(runs).toHaveLength(3);
});

it("runs once more for a call that came while it rested", async () => {
  const runs: (() => void)[] = [];
  const rests: (() => void)[] = [];
  const refresh = coalesce(held(runs), held(rests));
  refresh();
  runs[0]!();
  await settled();
  refresh();
  expect(runs).toHaveLength(1);
  rests[0]!();
  await settled();
  expect(runs).toHaveLength(2);
});

it("goes on after a run that failed", async () => {
  let runs = 0;
  const refresh = coalesce(
    () => {
      runs += 1;
      return Promise.reject(new Error("no answer"));
    },
    () => Promise.resolve(),
  );
  refresh();
  await settled();
  refresh();
  expect(runs).toBe(2);
});

function held(calls: (() => void)[]): () => Promise<void> {
  return () => new Promise((resolve) => calls.push(resolve));
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
