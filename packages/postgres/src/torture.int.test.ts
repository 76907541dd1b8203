import { expect, inject, test } from "vitest";
import type { TortureOptions } from "../torture/torture.ts";
import { torture } from "../torture/torture.ts";

async function expectToHold(options: Omit<TortureOptions, "connectionString">): Promise<void> {
  const connectionString = inject("connectionString");
  const { lostByNaive, tally, killed, events, seconds, ...result } = await torture({
    connectionString,
    ...options,
  });
  expect(result).toEqual({ lost: 0, surplus: 0, disorder: 0, wrong: 0, unkept: 0, stalls: 0 });
  expect(events).toBeGreaterThanOrEqual(options.events);
  expect(lostByNaive).toBeGreaterThan(0);
  expect(killed).toBeGreaterThan(5);
  expect(Object.keys(tally)).toEqual(expect.arrayContaining(["savepoint", "rollback"]));
  expect(seconds).toBeGreaterThan(0);
}

test("loses nothing, repeats nothing, keeps order and goes on while backends are killed; a naive cursor loses", async () => {
  const many = { processes: 2, writers: 8, streams: 200 };
  await expectToHold({ seed: 1, events: 30_000, killEveryMs: 100, ...many });
}, 120_000);

test("holds when the reader is slow between its looks at the sequence and at who is in flight", async () => {
  const few = { processes: 3, writers: 1, streams: 50 }; // so that at times nobody is in flight
  await expectToHold({ seed: 3, events: 4_000, killEveryMs: 100, pauseMs: 2, ...few });
}, 120_000);
