import { describe, expect, it } from "vitest";
import type { Fault, FaultPlan } from "./faults.ts";
import { InjectedFault, withFaults } from "./faults.ts";
import { manualTime } from "./manual-time.ts";

/** A port with one method of each kind. */
function createCounter() {
  const added: number[] = [];
  const listeners = new Set<() => void>();
  return {
    added,
    label: "counter",
    async add(amount: number): Promise<number> {
      if (amount < 0) throw new RangeError("negative");
      added.push(amount);
      for (const listener of listeners) listener();
      return added.length;
    },
    onAppend(listener: () => void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    readModel: () => ({ get: async () => added.length }),
  };
}

const at =
  (method: string, nth: number, fault: Fault): FaultPlan =>
  (call) =>
    call.method === method && call.nth === nth ? fault : undefined;

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const time = manualTime();
  await time.settle();
  return Promise.race([promise.then(() => false), time.settle().then(() => true)]);
}

describe("withFaults", () => {
  it("changes nothing without a plan, and counts the calls", async () => {
    const { store, calls } = withFaults(createCounter());
    expect(await store.add(5)).toBe(1);
    await expect(store.add(-1)).rejects.toThrow(RangeError);
    expect(await store.readModel().get()).toBe(1);
    expect(store.label).toBe("counter");
    expect(calls).toEqual([
      { method: "add", nth: 1, index: 1, args: [5] },
      { method: "add", nth: 2, index: 2, args: [-1] },
      { method: "get", nth: 1, index: 3, args: [] },
    ]);
  });

  it("fails a call before its work", async () => {
    const { store } = withFaults(createCounter(), at("add", 2, { kind: "fail" }));
    await store.add(1);
    await expect(store.add(2)).rejects.toThrow(InjectedFault);
    await store.add(3);
    expect(store.added).toEqual([1, 3]);
  });

  it("fails a call after its work: the answer is lost", async () => {
    const error = new Error("connection reset");
    const { store } = withFaults(
      createCounter(),
      at("add", 1, { kind: "fail", when: "after", error }),
    );
    await expect(store.add(1)).rejects.toBe(error);
    expect(store.added).toEqual([1]);
  });

  it("delays a call, by time or by a promise", async () => {
    const time = manualTime();
    const { store } = withFaults(createCounter(), at("add", 1, { kind: "delay", ms: 100 }), {
      scheduler: time,
    });
    const slow = store.add(1);
    await store.add(2);
    await time.advance(99);
    expect(store.added).toEqual([2]);
    await time.advance(1);
    await slow;
    expect(store.added).toEqual([2, 1]);

    const gated = withFaults(
      createCounter(),
      at("add", 1, { kind: "delay", until: Promise.resolve() }),
    );
    expect(await gated.store.add(7)).toBe(1);
  });

  it("does a call twice, and answers with the first outcome", async () => {
    const { store } = withFaults(createCounter(), at("add", 1, { kind: "duplicate" }));
    expect(await store.add(5)).toBe(1);
    expect(store.added).toEqual([5, 5]);
  });

  it("lets the next call of the method overtake", async () => {
    const { store } = withFaults(createCounter(), at("add", 1, { kind: "reorder" }));
    const [first, second] = [store.add(1), store.add(2)];
    expect(await second).toBe(1);
    expect(await first).toBe(2);
    expect(store.added).toEqual([2, 1]);
  });

  it("drops, doubles and delays wake-ups", async () => {
    const time = manualTime();
    const plan: FaultPlan = ({ method, nth }) => {
      if (method !== "wake") return undefined;
      if (nth === 1) return { kind: "drop" };
      if (nth === 2) return { kind: "duplicate" };
      return nth === 3 ? { kind: "delay", ms: 10 } : undefined;
    };
    const { store, calls } = withFaults(createCounter(), plan, { scheduler: time });
    let wakes = 0;
    const heard: number[] = [];
    using _ = store.onAppend(() => wakes++);
    for (let n = 1; n <= 4; n++) {
      await store.add(n);
      heard.push(wakes);
    }
    await time.advance(10);
    expect([...heard, wakes]).toEqual([0, 2, 2, 3, 4]);
    expect(calls.filter(({ method }) => method === "wake")).toHaveLength(4);
  });

  it("refuses to drop a call that somebody waits for", async () => {
    const { store } = withFaults(createCounter(), at("add", 1, { kind: "drop" }));
    await expect(store.add(1)).rejects.toThrow("Only wake-ups can be dropped");
  });

  it("never answers again after a crash before the work", async () => {
    const { store, crashed } = withFaults(
      createCounter(),
      at("add", 2, { kind: "crash", when: "before" }),
    );
    let wakes = 0;
    using _ = store.onAppend(() => wakes++);
    await store.add(1);
    expect(await isPending(store.add(2))).toBe(true);
    expect(await crashed).toMatchObject({ method: "add", nth: 2 });
    expect(await isPending(store.add(3))).toBe(true);
    expect(await isPending(store.readModel().get())).toBe(true);
    expect([store.added, wakes]).toEqual([[1], 1]);
  });

  it("never answers again after a crash after the work", async () => {
    const { store } = withFaults(createCounter(), at("add", 1, { kind: "crash", when: "after" }));
    expect(await isPending(store.add(1))).toBe(true);
    expect(store.added).toEqual([1]);
  });

  it("lets nobody hear of calls that were under way at the crash", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = { slow: () => gate, die: async () => {} };
    const { store, crashed } = withFaults(slow, at("die", 1, { kind: "crash", when: "before" }));
    const underWay = store.slow();
    void store.die();
    await crashed;
    release();
    expect(await isPending(underWay)).toBe(true);
  });
});
