import { setTimeout as realTime } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { inStep } from "./in-step.ts";
import type { ReadSideStore } from "./store-bench.ts";

/** Answers after a moment of real time, and writes down what it is asked for. */
function slowStore(asked: string[]) {
  const store = {
    async head() {
      asked.push("head");
      await realTime(5);
      asked.push("head answered");
      return 7;
    },
    async renew(_lease: unknown, leaseMs: number) {
      asked.push(`renew for ${leaseMs} ms`);
      return undefined;
    },
    readModel: () => ({
      async get() {
        asked.push("get");
        await realTime(5);
        asked.push("get answered");
        return undefined;
      },
    }),
  };
  return store as unknown as ReadSideStore; // as much of it as is called here
}

describe("time in step with a store", () => {
  it("stands still until each call is answered, also those of read models", async () => {
    const asked: string[] = [];
    const { time, watch } = inStep();
    const store = watch(slowStore(asked));
    time.after(10, () => void store.head());
    time.after(11, () => void store.readModel({} as never).get("a"));
    time.after(12, () => asked.push("later"));
    await time.advance(20);
    expect(asked).toEqual(["head", "head answered", "get", "get answered", "later"]);
  });

  it("stretches leases by as much as it lets time pass on the store's own clock", async () => {
    const asked: string[] = [];
    let passedMs = 0;
    const { time, watch, follow } = inStep();
    follow({ pass: async (ms) => void (passedMs += ms) });
    const store = watch(slowStore(asked));
    await store.renew({} as never, 600);
    await time.advance(600);
    expect(asked).toEqual([`renew for ${passedMs} ms`]);
    expect(passedMs).toBeGreaterThan(3_600_000);
  });

  it("leaves leases as they are where the store keeps to the same clock", async () => {
    const asked: string[] = [];
    const { watch, follow } = inStep();
    follow({});
    await watch(slowStore(asked)).renew({} as never, 600);
    expect(asked).toEqual(["renew for 600 ms"]);
  });

  it("calls the store once at a time, in order, if that is asked for", async () => {
    const asked: string[] = [];
    const { watch } = inStep({ isSerial: true });
    const store = watch(slowStore(asked));
    expect(await Promise.all([store.head(), store.readModel({} as never).get("a")])).toEqual([
      7,
      undefined,
    ]);
    expect(asked).toEqual(["head", "head answered", "get", "get answered"]);
  });
});
