import type { IdempotencyStore } from "@counterpoint/bus/idempotency";
import { describe, expect, it } from "vitest";
import { createMemoryIdempotencyStore } from "./memory-idempotency-store.ts";

describe("createMemoryIdempotencyStore", () => {
  it("forgets a result when its time is over", async () => {
    let nowMs = 0;
    const store = createMemoryIdempotencyStore({ now: () => nowMs, ttlMs: 100 });
    await complete(store, "a");
    nowMs = 99;
    expect(await statusOf(store, "a")).toBe("done");
    nowMs = 100;
    expect(await statusOf(store, "a")).toBe("new");
  });

  it("forgets the oldest results when there are too many keys", async () => {
    const store = createMemoryIdempotencyStore({ maxEntries: 3 });
    for (const key of ["a", "b", "c", "d"]) await complete(store, key);
    expect([await statusOf(store, "d"), await statusOf(store, "c")]).toEqual(["done", "done"]);
    expect(await statusOf(store, "a")).toBe("new");
  });

  it("never forgets a claim while its lease holds, and then the oldest first", async () => {
    let nowMs = 0;
    const store = createMemoryIdempotencyStore({ now: () => nowMs, maxEntries: 2 });
    for (const key of ["a", "b", "c", "d"]) await begin(store, key, "f1");
    for (const key of ["a", "b", "c", "d"]) expect(await statusOf(store, key)).toBe("pending");
    nowMs = 1_000;
    for (const key of ["a", "b"]) expect(await statusOf(store, key, "f2")).toBe("new");
    for (const key of ["c", "d"]) expect(await statusOf(store, key, "f2")).toBe("new");
  });

  it.each([
    [{ maxEntries: 0 }, "Expected maxEntries to be an integer ≥ 1, got 0."],
    [{ maxEntries: 1.5 }, "Expected maxEntries to be an integer ≥ 1, got 1.5."],
    [{ ttlMs: 0 }, "Expected ttlMs to be > 0, got 0."],
  ])("refuses to be built with %o", (options, message) => {
    expect(() => createMemoryIdempotencyStore(options)).toThrow(new RangeError(message));
  });
});

function begin(store: IdempotencyStore, key: string, fingerprint: string) {
  return store.begin({ key, fingerprint, leaseMs: 1_000 });
}

async function complete(store: IdempotencyStore, key: string): Promise<void> {
  const entry = await begin(store, key, "f1");
  if (entry.status !== "new") throw new Error(`${key} is ${entry.status}`);
  await store.complete({ key, claim: entry.claim, result: null });
}

async function statusOf(store: IdempotencyStore, key: string, fingerprint = "f1"): Promise<string> {
  return (await begin(store, key, fingerprint)).status;
}
