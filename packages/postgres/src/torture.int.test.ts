import { expect, inject, test } from "vitest";
import { torture } from "../torture/torture.ts";

test("loses nothing, repeats nothing, keeps order and goes on while backends are killed; a naive cursor loses", async () => {
  const { lostByNaive, tally, killed, events, seconds, ...result } = await torture({
    connectionString: inject("connectionString"),
    seed: 1,
    events: 30_000,
    processes: 2,
    writers: 8,
    streams: 200,
    killEveryMs: 100,
  });
  expect(result).toEqual({ lost: 0, surplus: 0, disorder: 0, wrong: 0, unkept: 0, stalls: 0 });
  expect(events).toBeGreaterThanOrEqual(30_000);
  expect(lostByNaive).toBeGreaterThan(0);
  expect(killed).toBeGreaterThan(5);
  expect(Object.keys(tally)).toEqual(expect.arrayContaining(["savepoint", "rollback"]));
  expect(seconds).toBeGreaterThan(0);
}, 120_000);
