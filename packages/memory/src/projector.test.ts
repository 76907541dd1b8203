import { event, type } from "@counterpoint/bus";
import { createProjector, isReadModelError, projection } from "@counterpoint/read-model";
import { manualTime, withFaults } from "@counterpoint/testing";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const Noted = event("Noted", { payload: type<{ page: string }>() });

const notes = projection("notes", {
  version: 1,
  events: [Noted],
  columns: { page: "text", count: "integer" },
  key: ({ payload }) => payload.page,
  on: { Noted: (row, { payload }) => ({ page: payload.page, count: (row?.count ?? 0) + 1 }) },
});

const append = { stream: "s", events: [Noted({ page: "a" })] };

describe("a projector over a store in trouble", () => {
  it("sends readers away in time also when the store does not answer", async () => {
    const time = manualTime();
    const { store } = withFaults(createMemoryStore({ clock: time }), ({ method, nth }) =>
      method === "readLog" && nth > 1 ? { kind: "delay", until: new Promise(() => {}) } : undefined,
    );
    const projector = createProjector(store, {
      projections: [notes],
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await time.settle();
    const { token } = await store.append(append);
    let ended: unknown;
    projector.waitFor(token, { timeoutMs: 500 }).catch((error: unknown) => {
      ended = error;
    });
    await time.advance(500);
    expect(ended).toBeUndefined();
    await time.advance(1_000);
    expect(isReadModelError(ended, "STALE")).toBe(true);
    expect((ended as Error).message).toBe("notes is at position 0; 1 was asked for.");
  });

  it("says that it is paused, also when the store failed before", async () => {
    const time = manualTime();
    const { store } = withFaults(createMemoryStore({ clock: time }), ({ method }) =>
      method === "applyBatch" ? { kind: "fail" } : undefined,
    );
    const projector = createProjector(store, {
      projections: [notes],
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await store.append(append);
    await time.settle();
    expect((await projector.status()).projections[0]).toMatchObject({ state: "retrying" });
    projector.pause();
    const [paused] = (await projector.status()).projections;
    expect(paused!.state).toBe("paused");
    expect(paused).not.toHaveProperty("error");
    await projector.stop();
  });

  it("waits longer from try to try, up to five seconds, and starts over after a success", async () => {
    const time = manualTime();
    const tries: number[] = [];
    let isDown = true;
    const { store } = withFaults(createMemoryStore({ clock: time }), ({ method }) => {
      if (method !== "applyBatch") return undefined;
      tries.push(time.now());
      return isDown ? { kind: "fail" } : undefined;
    });
    const projector = createProjector(store, {
      projections: [notes],
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await store.append(append);
    await time.advance(30_000);
    const pauses = tries.slice(1).map((ms, index) => ms - tries[index]!);
    expect(pauses.slice(0, 8)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    isDown = false;
    await time.advance(5_000);
    expect((await projector.status()).projections[0]).toMatchObject({
      state: "running",
      position: 1,
    });
    isDown = true;
    tries.length = 0;
    await store.append(append);
    await time.advance(100);
    expect(tries).toHaveLength(2);
    await projector.stop();
  });

  it("rejects a rebuild that the store refuses, and can be asked again", async () => {
    const time = manualTime();
    const { store } = withFaults(createMemoryStore({ clock: time }), ({ method, nth }) =>
      method === "reset" && nth === 1 ? { kind: "fail" } : undefined,
    );
    const projector = createProjector(store, {
      projections: [notes],
      clock: time,
      scheduler: time,
    });
    await projector.start();
    await time.settle();
    await expect(projector.rebuild("notes")).rejects.toThrow("Injected");
    await projector.rebuild("notes");
    await projector.stop();
  });

  it("can be started again when starting has failed", async () => {
    const time = manualTime();
    const { store } = withFaults(createMemoryStore({ clock: time }), ({ method, nth }) =>
      method === "prepare" && nth === 1 ? { kind: "fail" } : undefined,
    );
    const projector = createProjector(store, {
      projections: [notes],
      clock: time,
      scheduler: time,
    });
    await expect(projector.start()).rejects.toThrow("Injected");
    await projector.start();
    const { token } = await store.append(append);
    await projector.waitFor(token);
    await projector.stop();
    expect(time.pending).toBe(0);
  });

  it.each([{ batchSize: 0 }, { pollIntervalMs: 0 }, { delayMs: -1 }, { maxWaiters: 0.5 }])(
    "refuses %j",
    (options) => {
      const store = createMemoryStore();
      expect(() => createProjector(store, { projections: [notes], ...options })).toThrow(
        RangeError,
      );
    },
  );

  it("refuses two projections of one name", () => {
    const store = createMemoryStore();
    expect(() => createProjector(store, { projections: [notes, notes] })).toThrow(
      "Two projections are named notes; give one another name with as(…).",
    );
  });
});
