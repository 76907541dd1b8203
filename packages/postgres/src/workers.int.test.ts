import { expect, inject, test } from "vitest";
import { workers } from "../workers/workers.ts";

test("loses nothing, repeats nothing and keeps the order of each key while worker processes are killed, frozen and started", async () => {
  const { events, killed, frozen, takeoversMs, seconds, ...result } = await workers({
    connectionString: inject("connectionString"),
    ...{ seed: 4, acts: 8, actEveryMs: 500, leaseMs: 600, writers: 4 },
  });
  expect(result).toEqual({ lost: 0, surplus: 0, disorder: 0, wrong: 0, unkept: 0, deaths: [] });
  expect(killed).toBeGreaterThan(3);
  expect(frozen).toBeGreaterThan(0);
  expect(takeoversMs.length).toBeGreaterThanOrEqual(killed + frozen);
  expect(events).toBeGreaterThan(100);
  expect(seconds).toBeGreaterThan(0);
}, 240_000);
