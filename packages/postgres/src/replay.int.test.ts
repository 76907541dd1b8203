import { expect, inject, test } from "vitest";
import { replay } from "../replay/replay.ts";

test("replays a log in place and beside to what a fold of its events is, and tells how far it is", async () => {
  const lines: string[] = [];
  const { wrong, eventsPerSecond, peakHeap } = await replay({
    connectionString: inject("connectionString"),
    events: 60_000,
    progress: (line) => lines.push(line),
  });
  expect(wrong).toBe(0);
  expect(eventsPerSecond).toEqual({ "in place": expect.any(Number), beside: expect.any(Number) });
  expect(peakHeap).toBeGreaterThan(0);
  for (const line of lines)
    expect(line).toMatch(/^(in place|beside): [\d,]+ events left, \d+ per second$/);
}, 120_000);
