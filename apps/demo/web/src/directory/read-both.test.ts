import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UserView } from "../../../server/users/messages.ts";
import { differenceOf } from "./differences.ts";
import type { ReadBlock } from "./read-both.ts";
import { BLOCK_SIZE, readBoth } from "./read-both.ts";

const PAGE_SIZE = 6;

describe("readBoth", () => {
  it("shows everybody once, newest first, with both rows in one place, whatever the eventual model lacks or still has", async () => {
    await fc.assert(
      fc.asyncProperty(histories(), async ({ sync, eventual, expected }) => {
        const read = models(sync, eventual);
        const pages = Math.max(1, Math.ceil(sync.length / PAGE_SIZE));
        const slots = [];
        for (let page = 0; page < pages; page++) {
          const directory = await readBoth(read, { page, pageSize: PAGE_SIZE, expected });
          expect(directory).toMatchObject({ page, pages });
          expect(directory.totals).toEqual({ sync: sync.length, eventual: eventual.length });
          expect(directory.slots.filter((slot) => slot.sync).length).toBeLessThanOrEqual(PAGE_SIZE);
          slots.push(...directory.slots);
        }
        const everybody = new Set([...sync, ...eventual].map(({ id }) => id));
        expect(slots.map(({ id }) => id)).toEqual([...everybody].sort().reverse());
        for (const { id, ...slot } of slots) {
          expect(slot.sync).toEqual(sync.find((user) => user.id === id));
          expect(slot.eventual).toEqual(eventual.find((user) => user.id === id));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps everybody in one place who was registered in the same moment, in whatever order the server has them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 250 }), fc.nat(250), async (count, applied) => {
        const users = Array.from({ length: count }, (_, index) => ({
          ...user((index * 7_919) % 10_007), // ids in an order that has nothing to do with the one of registration
          created_at: `moment ${String(Math.floor(index / 3)).padStart(4, "0")}`,
        }));
        const known = users.slice(0, applied);
        const read = models(users, known);
        for (let page = 0; page < Math.ceil(count / PAGE_SIZE); page++) {
          const { slots } = await readBoth(read, { page, pageSize: PAGE_SIZE, expected: count });
          const end = count - page * PAGE_SIZE;
          const window = users.slice(Math.max(0, end - PAGE_SIZE), end);
          expect(new Set(slots.map(({ sync }) => sync))).toEqual(new Set(window));
          for (const { id, eventual } of slots) {
            expect(eventual).toEqual(known.find((user) => user.id === id));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("takes a page past the oldest for the oldest", async () => {
    const users = Array.from({ length: 7 }, (_, index) => user(index));
    const directory = await readBoth(models(users, users), { page: 9, pageSize: 6, expected: 60 });
    expect(directory).toMatchObject({ page: 1, pages: 2 });
    expect(directory.slots.map(({ id }) => id)).toEqual([user(0).id]);
  });

  it("does not search where a model has nobody, as at the beginning of a rebuild", async () => {
    const users = Array.from({ length: 3_000 }, (_, index) => user(index));
    for (const behind of [0, 250]) {
      const asked: string[] = [];
      const read = models(users, users.slice(0, behind));
      await readBoth(
        (model, block) => {
          asked.push(`${model} ${block}`);
          return read(model, block);
        },
        { page: 0, pageSize: 6, expected: 3_000 },
      );
      expect(asked).toEqual(
        behind === 0 ? ["eventual 30", "sync 30"] : ["eventual 30", "sync 30", "eventual 3"],
      );
    }
  });

  it("reads each model once while a hundred users or fewer are there", async () => {
    const users = Array.from({ length: 100 }, (_, index) => user(index));
    const asked: string[] = [];
    const read = models(users, users.slice(0, 99));
    await readBoth(
      (model, block) => {
        asked.push(`${model} ${block}`);
        return read(model, block);
      },
      { page: 0, pageSize: 6, expected: 0 },
    );
    expect(asked).toEqual(["eventual 1", "sync 1"]);
  });
});

describe("differenceOf", () => {
  it.each([
    ["nothing when both rows are the same", user(1), user(1), "none"],
    ["a row that has not arrived", user(1), undefined, "not-here-yet"],
    ["a row that has not gone", undefined, user(1), "still-here"],
    ["a row that has the old name", user(1), { ...user(1), name: "Old" }, "old-name"],
  ] as const)("sees %s", (_title, sync, eventual, difference) => {
    expect(differenceOf({ sync, eventual })).toBe(difference);
  });
});

/** Two models of one history: the eventual one stands at an earlier moment of it. */
function histories() {
  return fc
    .record({
      count: fc.integer({ min: 0, max: 330 }),
      applied: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.uniqueArray(fc.nat(329), { maxLength: 260 }),
      appliedRemovals: fc.nat(260),
      expected: fc.nat(400),
    })
    .map(({ count, applied, removed, appliedRemovals, expected }) => {
      const users = Array.from({ length: count }, (_, index) => user(index));
      const known = users.slice(0, Math.floor(count * applied));
      return {
        sync: without(users, removed),
        eventual: without(known, removed.slice(0, appliedRemovals)),
        expected,
      };
    });
}

function without(users: readonly UserView[], removed: readonly number[]): readonly UserView[] {
  const gone = new Set(removed.map((index) => user(index).id));
  return users.filter(({ id }) => !gone.has(id));
}

function models(sync: readonly UserView[], eventual: readonly UserView[]): ReadBlock {
  return (model, block) => {
    const users = model === "sync" ? sync : eventual;
    const page = users.slice((block - 1) * BLOCK_SIZE, block * BLOCK_SIZE);
    return Promise.resolve({ users: page, total: users.length });
  };
}

function user(index: number): UserView {
  const id = String(index).padStart(4, "0");
  return { id, name: `User ${id}`, email: `${id}@example.org`, created_at: `moment ${id}` };
}
