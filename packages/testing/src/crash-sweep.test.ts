import { describe, expect, it } from "vitest";
import type { CrashSweepOptions } from "./crash-sweep.ts";
import { crashSweep } from "./crash-sweep.ts";

/** Two shelves that must hold the same; nothing writes to both at once. */
function createShelves() {
  const left: string[] = [];
  const right: string[] = [];
  return {
    left,
    right,
    putLeft: async (item: string) => void left.push(item),
    putRight: async (item: string) => void right.push(item),
  };
}

type Shelves = ReturnType<typeof createShelves>;

function options(changed: Partial<CrashSweepOptions<Shelves>> = {}): CrashSweepOptions<Shelves> {
  return {
    open: async () => ({ store: createShelves(), [Symbol.asyncDispose]: async () => {} }),
    async scenario(store, acknowledge) {
      for (const item of ["a", "b"]) {
        await store.putLeft(item);
        acknowledge(item);
        await store.putRight(item);
      }
    },
    async restart(store) {
      for (const item of store.left) if (!store.right.includes(item)) await store.putRight(item);
    },
    async invariant(store, acknowledged) {
      expect(store.right).toEqual(store.left);
      expect(store.left).toEqual(expect.arrayContaining([...acknowledged]));
    },
    ...changed,
  };
}

describe("the crash sweep", () => {
  it("crashes before and after each call, and says where it has been", async () => {
    const { calls, points } = await crashSweep(options());
    expect(calls).toBe(4);
    expect(points).toEqual(
      [
        ["putLeft", 1],
        ["putRight", 1],
        ["putLeft", 2],
        ["putRight", 2],
      ].flatMap(([method, nth]) => ["before", "after"].map((when) => ({ method, nth, when }))),
    );
  });

  it("shows the invariant what was acknowledged before the crash, and no more", async () => {
    const acknowledgements: (readonly string[])[] = [];
    await crashSweep(options({ invariant: async (_, seen) => void acknowledgements.push(seen) }));
    expect(acknowledgements.map((seen) => seen.length)).toEqual([2, 0, 0, 1, 1, 1, 1, 2, 2]);
  });

  it("names the crash after which the invariant does not hold", async () => {
    const broken = crashSweep(options({ restart: async () => {} }));
    await expect(broken).rejects.toThrow(/After a crash after call 1, putLeft: /);
    await expect(broken).rejects.toHaveProperty("cause");
  });

  it("says so when the invariant does not hold without a crash either", async () => {
    const invariant = async (): Promise<void> => {
      throw new Error("never holds");
    };
    await expect(crashSweep(options({ invariant }))).rejects.toThrow("After no crash: never holds");
  });

  it("fails when there is nothing to crash", async () => {
    await expect(crashSweep(options({ scenario: async () => {} }))).rejects.toThrow("made no call");
  });

  it("fails when the scenario is another one each time", async () => {
    let runs = 0;
    const scenario = async (store: Shelves): Promise<void> => {
      if (runs++ === 0) await store.putLeft("once");
    };
    await expect(crashSweep(options({ scenario }))).rejects.toThrow("ended without its call 1");
  });

  it("passes on what the scenario itself throws", async () => {
    const scenario = async (): Promise<void> => {
      throw new Error("a bug in the scenario");
    };
    await expect(crashSweep(options({ scenario }))).rejects.toThrow("a bug in the scenario");
  });
});
