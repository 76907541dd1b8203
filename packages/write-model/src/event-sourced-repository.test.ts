import { event, type } from "@counterpoint/bus";
import type { EventStore, RecordedEvent } from "@counterpoint/events";
import { encodeToken } from "@counterpoint/events";
import { describe, expect, it } from "vitest";
import { decider } from "./decider.ts";
import { createEventSourcedRepository } from "./event-sourced-repository.ts";
import type { Snapshot, SnapshotStore } from "./snapshot-store.ts";

const Added = event("Added", { payload: type<{ amount: number }>() });

const sum = decider({
  events: [Added],
  initial: 0,
  evolve: { Added: (total, { payload }) => total + payload.amount },
});

const add =
  (...amounts: readonly number[]) =>
  () =>
    amounts.map((amount) => Added({ amount }));

/** One stream in an array, and what was read of it. */
function createStore() {
  const events: RecordedEvent[] = [];
  const reads: number[] = [];
  const store: EventStore = {
    async append(given) {
      const [append] = [given].flat();
      const recorded = append!.events.map((message, index) => ({
        ...message,
        stream: append!.stream,
        version: events.length + index + 1,
        position: (events.length + index + 1) * 10,
        recordedAt: new Date(0),
        metadata: { id: "" },
      }));
      events.push(...recorded);
      const position = events.length * 10;
      return { events: recorded, streams: [], position, token: encodeToken(position) };
    },
    async readStream(_, { fromVersion = 1 } = {}) {
      reads.push(fromVersion);
      return events.slice(fromVersion - 1);
    },
  };
  return { store, reads };
}

function createSnapshots() {
  const saved: Snapshot[] = [];
  const store: SnapshotStore = {
    loadSnapshot: async () => saved.at(-1),
    saveSnapshot: async (_, snapshot) => void saved.push(snapshot),
  };
  return { store, saved };
}

describe("an event-sourced repository with snapshots", () => {
  it("saves one whenever the version passes a multiple of `every`", async () => {
    const { store } = createStore();
    const snapshots = createSnapshots();
    const sums = createEventSourcedRepository(store, sum, {
      category: "sum",
      snapshots: { store: snapshots.store, every: 3, schema: 7 },
    });
    const savedAfter: number[] = [];
    for (const amounts of [[1], [1], [1], [1, 1, 1, 1], [1], [1]]) {
      await sums.update("1", add(...amounts));
      savedAfter.push(snapshots.saved.length);
    }
    expect(savedAfter).toEqual([0, 0, 1, 2, 2, 3]);
    expect(snapshots.saved.map(({ version }) => version)).toEqual([3, 7, 9]);
    expect(snapshots.saved[1]).toEqual({ state: 7, version: 7, position: 70, schema: 7 });
  });

  it("reads only what follows the snapshot", async () => {
    const { store, reads } = createStore();
    const snapshots = { store: createSnapshots().store, every: 2, schema: 1 };
    const sums = createEventSourcedRepository(store, sum, { category: "sum", snapshots });
    await sums.update("1", add(1, 2));
    await sums.update("1", add(4));
    reads.length = 0;
    expect(await sums.load("1")).toEqual({ state: 7, version: 3 });
    expect(reads).toEqual([3]);
  });

  it("hands out the snapshot's position when nothing followed it and nothing is decided", async () => {
    const { store } = createStore();
    const snapshots = { store: createSnapshots().store, every: 2, schema: 1 };
    const sums = createEventSourcedRepository(store, sum, { category: "sum", snapshots });
    const { token } = await sums.update("1", add(1, 2));
    expect((await sums.update("1", () => [])).token).toBe(token);
  });

  it("passes over a snapshot of another schema", async () => {
    const { store, reads } = createStore();
    const { store: shared } = createSnapshots();
    const of = (schema: number) =>
      createEventSourcedRepository(store, sum, {
        category: "sum",
        snapshots: { store: shared, every: 1, schema },
      });
    await of(1).update("1", add(1));
    reads.length = 0;
    expect(await of(2).load("1")).toEqual({ state: 1, version: 1 });
    expect(reads).toEqual([1]);
  });

  it("succeeds when a snapshot cannot be saved, and says why", async () => {
    const { store } = createStore();
    const failure = new Error("disk full");
    const heard: unknown[] = [];
    const broken: SnapshotStore = {
      loadSnapshot: async () => undefined,
      saveSnapshot: async () => Promise.reject(failure),
    };
    const sums = createEventSourcedRepository(store, sum, {
      category: "sum",
      snapshots: { store: broken, every: 1, schema: 1, onError: (error) => heard.push(error) },
    });
    expect((await sums.update("1", add(5))).state).toBe(5);
    expect(heard).toEqual([failure]);
  });

  it("refuses numbers that are none", () => {
    const { store } = createStore();
    const snapshots = createSnapshots().store;
    for (const bad of [0, -1, 1.5, Number.NaN]) {
      for (const options of [
        { every: bad, schema: 1 },
        { every: 1, schema: bad },
      ]) {
        expect(() =>
          createEventSourcedRepository(store, sum, {
            category: "sum",
            snapshots: { store: snapshots, ...options },
          }),
        ).toThrow(RangeError);
      }
    }
  });
});
