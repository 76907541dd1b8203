import type { EventLog, RecordedEvent } from "@counterpoint/events";
import { createMemoryStore } from "@counterpoint/memory";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { sharedTail } from "./shared-tail.ts";

it("gives every follower what the log itself would give, however they take turns", async () => {
  const act = fc.oneof(
    { weight: 2, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 700 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        follower: fc.integer({ min: 0, max: 3 }),
        limit: fc.constantFrom(1, 7, 100, 2_000),
      }),
    },
    { weight: 1, arbitrary: fc.record({ back: fc.integer({ min: 0, max: 3 }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const store = createMemoryStore();
      const readLog = sharedTail((slice) => store.readLog(slice));
      const positions = [0, 0, 0, 0];
      const pending: Promise<void>[] = [];
      for (const each of acts) {
        if ("append" in each) {
          const events = Array.from({ length: each.append }, () => ({
            type: "Noted",
            payload: {},
          }));
          await store.append({ stream: "s", events });
        } else if ("back" in each) {
          positions[each.back] = Math.floor(positions[each.back]! / 2); // as one that reconnects
        } else {
          const after = positions[each.follower]!; // of four
          const { head } = await store.readLog({ after, limit: 1 });
          const read = readLog({ after, limit: each.limit }).then((slice) => {
            expect(slice.events.map(positionOf)).toEqual(
              Array.from({ length: slice.events.length }, (_, n) => after + n + 1),
            );
            expect(slice.events.length).toBeLessThanOrEqual(each.limit);
            if (after < head) expect(slice.events.length).toBeGreaterThan(0);
            expect(slice.head).toBeGreaterThanOrEqual(slice.events.at(-1)?.position ?? 0);
            positions[each.follower] = slice.events.at(-1)?.position ?? after;
          });
          pending.push(read);
          if (each.limit !== 7) await read; // some at once
        }
      }
      await Promise.all(pending);
    }),
  );
});

it("reads an event once for all who wait for it", async () => {
  const store = createMemoryStore();
  const read = vi.fn<EventLog["readLog"]>((slice) => store.readLog(slice));
  const readLog = sharedTail(read);
  await readLog({ after: 0, limit: 10 });
  read.mockClear();
  await store.append({ stream: "s", events: [{ type: "Noted", payload: {} }] });
  const slices = await Promise.all(
    Array.from({ length: 200 }, () => readLog({ after: 0, limit: 10 })),
  );
  expect(new Set(slices.map(({ events }) => events[0])).size).toBe(1);
  expect(read.mock.calls.length).toBeLessThanOrEqual(2);
});

it("does not take a read that began before a write for an answer about it", async () => {
  const store = createMemoryStore();
  let release: (() => void) | undefined;
  let isSlow = false;
  const readLog = sharedTail(async (slice) => {
    const found = await store.readLog(slice);
    if (isSlow) await new Promise<void>((resolve) => (release = resolve));
    return found;
  });
  await readLog({ after: 0, limit: 10 });
  isSlow = true;
  const before = readLog({ after: 0, limit: 10 });
  await vi.waitUntil(() => release !== undefined);
  await store.append({ stream: "s", events: [{ type: "Noted", payload: {} }] });
  isSlow = false;
  const after = readLog({ after: 0, limit: 10 });
  release?.();
  await before;
  expect((await after).events).toHaveLength(1);
});

it("hands on why the log cannot be read, and goes on when it can", async () => {
  const store = createMemoryStore();
  let isDown = false;
  const readLog = sharedTail((slice) => {
    return isDown ? Promise.reject(new Error("down")) : store.readLog(slice);
  });
  await readLog({ after: 0, limit: 10 });
  isDown = true;
  await expect(readLog({ after: 0, limit: 10 })).rejects.toThrow("down");
  isDown = false;
  await store.append({ stream: "s", events: [{ type: "Noted", payload: {} }] });
  expect((await readLog({ after: 0, limit: 10 })).events).toHaveLength(1);
});

function positionOf({ position }: RecordedEvent): number {
  return position;
}
