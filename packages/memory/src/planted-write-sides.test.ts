import type { EventMessage } from "@counterpoint/bus";
import { encodeToken } from "@counterpoint/events";
import type { CreateRepository, OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import {
  planted,
  redCases,
  repositoryContract,
  snapshotStoreContract,
  stateStoreContract,
} from "@counterpoint/testing";
import type { Repository, Snapshot } from "@counterpoint/write-model";
import {
  createEventSourcedRepository,
  createStateStoredRepository,
} from "@counterpoint/write-model";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

/** A wrong adapter, and the titles of cases that have to notice. */
interface Planted {
  readonly wrong: string;
  readonly plant: Plant<StorePorts>;
  readonly killedBy: readonly string[];
}

const open: OpenStore<StorePorts> = async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
});

const STATE_STORES: readonly Planted[] = [
  {
    wrong: "lets the last writer win",
    plant: (right) => ({
      saveState: (change) => right.saveState({ ...change, expectedVersion: "any" }),
    }),
    killedBy: [
      "writes neither row nor events on a conflict",
      "lets exactly one of two concurrent saves of a new row win",
    ],
  },
  {
    wrong: "writes the row before it appends",
    plant: (right) => {
      const rows = new Map<string, unknown>();
      return {
        async saveState(change) {
          rows.set(`${change.collection}/${change.id}`, structuredClone(change.state));
          return right.saveState(change);
        },
        async loadState(collection, id) {
          const row = await right.loadState(collection, id);
          return row && { ...row, state: rows.get(`${collection}/${id}`) };
        },
      };
    },
    killedBy: ["writes neither row nor events on a conflict"],
  },
  {
    wrong: "appends before it looks at the state",
    plant: (right) => ({
      async saveState(change) {
        const { collection: _, id: __, state: ___, ...append } = change;
        const result = await right.append(append);
        const version = result.streams[0]!.version;
        await right.saveState({ ...change, expectedVersion: version });
        return result;
      },
    }),
    killedBy: [
      "keeps the row and its events",
      "refuses a state that JSON cannot hold, and writes nothing",
      "puts the events into the one log",
    ],
  },
  {
    wrong: "ignores updates of a row",
    plant: (right) => {
      const first = new Map<string, unknown>();
      return {
        async loadState(collection, id) {
          const row = await right.loadState(collection, id);
          const key = `${collection}/${id}`;
          return row && { ...row, state: first.get(key) };
        },
        async saveState(change) {
          const key = `${change.collection}/${change.id}`;
          const result = await right.saveState(change);
          if (!first.has(key)) first.set(key, structuredClone(change.state));
          return result;
        },
      };
    },
    killedBy: ["replaces the row"],
  },
  {
    wrong: "keeps a reference to the state",
    plant: (right) => {
      const live = new Map<string, unknown>();
      return {
        async saveState(change) {
          const result = await right.saveState(change);
          live.set(`${change.collection}/${change.id}`, change.state);
          return result;
        },
        async loadState(collection, id) {
          const row = await right.loadState(collection, id);
          return row && { ...row, state: live.get(`${collection}/${id}`) };
        },
      };
    },
    killedBy: ["shares no state with its callers"],
  },
  {
    wrong: "keeps all collections in one",
    plant: (right) => ({
      saveState: (change) => right.saveState({ ...change, collection: "all" }),
      loadState: (_, id) => right.loadState("all", id),
    }),
    killedBy: [
      "keeps collections and ids apart",
      "refuses a collection name that could not name a table, and writes nothing",
    ],
  },
  {
    wrong: "forgets the position of the last event",
    plant: (right) => ({
      async loadState(collection, id) {
        const row = await right.loadState(collection, id);
        return row && { ...row, position: 0 };
      },
    }),
    killedBy: ["keeps the row and its events"],
  },
];

const SNAPSHOT_STORES: readonly Planted[] = [
  {
    wrong: "keeps the first snapshot for ever",
    plant: (right) => ({
      async saveSnapshot(stream, snapshot) {
        if (!(await right.loadSnapshot(stream))) await right.saveSnapshot(stream, snapshot);
      },
    }),
    killedBy: [
      "replaces an older snapshot by a newer one",
      "replaces a snapshot of another schema, even a newer one",
    ],
  },
  {
    wrong: "lets the last snapshot win, however old",
    plant: (right) => ({
      saveSnapshot: (stream, snapshot) =>
        right.saveSnapshot(stream, { ...snapshot, schema: Math.random() }),
      async loadSnapshot(stream) {
        const snapshot = await right.loadSnapshot(stream);
        return snapshot && { ...snapshot, schema: 1 };
      },
    }),
    killedBy: [
      "keeps a newer snapshot of the same schema",
      "keeps the newest of many that are saved at once",
    ],
  },
  {
    wrong: "compares versions outside of the transaction",
    plant: (right) => {
      const kept = new Map<string, Snapshot>();
      return {
        async saveSnapshot(stream, snapshot) {
          await right.saveSnapshot(stream, snapshot);
          const known = kept.get(stream);
          const isLate = known?.schema === snapshot.schema && known.version > snapshot.version;
          for (let turn = 0; turn < 10 - snapshot.version; turn++) await nextTurn();
          if (!isLate) kept.set(stream, structuredClone(snapshot));
        },
        loadSnapshot: async (stream) => structuredClone(kept.get(stream)),
      };
    },
    killedBy: ["keeps the newest of many that are saved at once"],
  },
  {
    wrong: "compares versions across schemas",
    plant: (right) => ({
      async saveSnapshot(stream, snapshot) {
        const known = await right.loadSnapshot(stream);
        if (known && known.version > snapshot.version) return;
        await right.saveSnapshot(stream, snapshot);
      },
    }),
    killedBy: ["replaces a snapshot of another schema, even a newer one"],
  },
  {
    wrong: "hands out the object that it keeps",
    plant: (right) => {
      const live = new Map<string, Snapshot>();
      return {
        async saveSnapshot(stream, snapshot) {
          await right.saveSnapshot(stream, snapshot);
          live.set(stream, (await right.loadSnapshot(stream))!);
        },
        loadSnapshot: async (stream) => live.get(stream),
      };
    },
    killedBy: ["shares no state with its callers"],
  },
];

interface PlantedRepository {
  readonly wrong: string;
  /** Wraps a right repository. */
  readonly plant: <TState, TEvent extends EventMessage>(
    right: Repository<TState, TEvent>,
    store: StorePorts,
    initial: TState,
  ) => Partial<Repository<TState, TEvent>>;
  readonly killedBy: readonly string[];
}

const REPOSITORIES: readonly PlantedRepository[] = [
  {
    wrong: "decides before it checks the expected version",
    plant: (right) => ({
      async update(id, decide, options) {
        const { state, version } = await right.load(id);
        decide(state, version);
        return right.update(id, decide, options);
      },
    }),
    killedBy: ["checks the expected version before it decides"],
  },
  {
    wrong: "ignores the expected version",
    plant: (right) => ({
      update: (id, decide, { expectedVersion: _, ...options } = {}) =>
        right.update(id, decide, options),
    }),
    killedBy: ["checks the expected version before it decides"],
  },
  {
    wrong: "decides on a state of long ago",
    plant: (right, _store, initial) => ({
      update: (id, decide, options) =>
        right.update(id, (_state, version) => decide(initial, version), options),
    }),
    killedBy: ["decides on the state as it is, and hands over its version"],
  },
  {
    wrong: "tries again by itself on a conflict",
    plant: (right) => ({
      async update(id, decide, options) {
        for (;;) {
          try {
            const { expectedVersion: _, ...rest } = options ?? {};
            return await right.update(id, decide, rest);
          } catch (error) {
            if ((error as Error).name !== "ConcurrencyError") throw error;
          }
        }
      },
    }),
    killedBy: [
      "lets exactly one of two concurrent creates win",
      "checks the expected version before it decides",
    ],
  },
  {
    wrong: "hands out the token of the head",
    plant: (right, store) => ({
      async update(id, decide, options) {
        const updated = await right.update(id, decide, options);
        return { ...updated, token: encodeToken(await store.head()) };
      },
    }),
    killedBy: ["writes nothing when nothing is decided, and hands out the token of the last event"],
  },
  {
    wrong: "wraps what decide throws",
    plant: (right) => ({
      update: (id, decide, options) =>
        right.update(id, decide, options).catch((cause: unknown) => {
          throw new Error("update failed", { cause });
        }),
    }),
    killedBy: ["passes on what decide throws, unchanged, and writes nothing"],
  },
  {
    wrong: "forgets metadata",
    plant: (right) => ({
      update: (id, decide, { metadata: _, ...options } = {}) => right.update(id, decide, options),
    }),
    killedBy: ["records the events in the aggregate's stream, with metadata"],
  },
  {
    wrong: "caches what it has loaded",
    plant: (right) => {
      const cache = new Map<string, Awaited<ReturnType<typeof right.load>>>();
      return {
        async load(id) {
          const loaded = cache.get(id) ?? (await right.load(id));
          cache.set(id, loaded);
          return loaded;
        },
      };
    },
    killedBy: [
      "shares no state between loads",
      "lets exactly one of two concurrent updates win, and the other decide anew",
    ],
  },
  {
    wrong: "takes a removed aggregate for one that never was",
    plant: (right) => ({
      async load(id) {
        const loaded = await right.load(id);
        return loaded.state === null ? { ...loaded, version: 0 } : loaded;
      },
    }),
    killedBy: ["goes on from a state that is null again"],
  },
];

it("finds nothing wrong with the adapters that are right", async () => {
  expect(await redCases(stateStoreContract(open))).toEqual([]);
  expect(await redCases(snapshotStoreContract(open))).toEqual([]);
  expect(await redCases(repositoryContract(open, createStateStoredRepository))).toEqual([]);
});

it.each(STATE_STORES)("notices a state store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(stateStoreContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it.each(SNAPSHOT_STORES)("notices a snapshot store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(snapshotStoreContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it.each(REPOSITORIES)("notices a repository that $wrong", async ({ plant, killedBy }) => {
  for (const right of [createEventSourcedRepository, createStateStoredRepository]) {
    const create: CreateRepository<StorePorts> = (store, decider, options) => {
      const repository = right(store, decider, options);
      return { ...repository, ...plant(repository, store, decider.initial) };
    };
    const red = await redCases(repositoryContract(open, create));
    expect(red).toEqual(expect.arrayContaining([...killedBy]));
  }
});

it("notices a state store under a repository that lets the last writer win", async () => {
  const lastWins = planted(open, (right) => ({
    saveState: (change) => right.saveState({ ...change, expectedVersion: "any" }),
  }));
  const red = await redCases(repositoryContract(lastWins, createStateStoredRepository));
  expect(red).toEqual(
    expect.arrayContaining([
      "loses no update among many writers that try again",
      "lets exactly one of two concurrent creates win",
    ]),
  );
});

it("notices snapshots after which nothing is read", async () => {
  const create: CreateRepository<StorePorts> = (store, decider, options) =>
    createEventSourcedRepository(
      {
        ...store,
        readStream: async (stream, range) =>
          (range?.fromVersion ?? 1) > 1 ? [] : store.readStream(stream, range),
      },
      decider,
      { ...options, snapshots: { store, every: 2, schema: 1 } },
    );
  expect(await redCases(repositoryContract(open, create))).toEqual(
    expect.arrayContaining(["folds a long history to the sum of it"]),
  );
});
