import type { RecordedEvent } from "@counterpoint/events";
import type { AnyDocument, Projection, ReadModel } from "@counterpoint/read-model";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { equivalenceContract, inlineContract, planted, redCases } from "@counterpoint/testing";
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

const INLINE: readonly Planted[] = [
  {
    wrong: "applies projections after the commit",
    plant: besides(async (write) => write()),
    killedBy: [
      "writes nothing at all when a projection fails",
      "writes neither row nor events when a projection fails",
      "goes on after a projection has failed",
    ],
  },
  {
    wrong: "applies projections some time later",
    plant: besides(
      async (write) =>
        void nextTurn()
          .then(write)
          .catch(() => {}),
    ),
    killedBy: [
      "shows an append as soon as that has resolved",
      "writes nothing at all when a projection fails",
    ],
  },
  {
    wrong: "swallows the failure of a projection",
    plant: besides((write) => write().catch(() => {})),
    killedBy: ["writes nothing at all when a projection fails"],
  },
  {
    wrong: "loads, waits and writes documents without a lock",
    plant: unlocked,
    killedBy: ["loses no update when many streams touch one document at once"],
  },
  {
    wrong: "shows handlers events that were not upcast",
    plant: (right, { upcast: _, ...options }) => {
      const plain = createMemoryStore(options);
      return {
        ...plain,
        readLog: async (range) => {
          const { events, head } = await plain.readLog(range);
          return { head, events: events.map((event) => _?.(event) ?? event) };
        },
      };
    },
    killedBy: ["shows handlers the events as readers see them"],
  },
  {
    wrong: "forgets projections when a row is saved",
    plant: (right, { inline: _, ...options }) => {
      const blind = createMemoryStore(options);
      return { saveState: blind.saveState };
    },
    killedBy: ["shows the row's events as well"],
  },
];

const ANY_HISTORY =
  "folds any history to the same documents by hand, inline and in batches of any size";

const ALL_TOGETHER: readonly Omit<Planted, "killedBy">[] = [
  {
    wrong: "applies a batch backwards",
    plant: (right) => ({
      applyBatch: (batch) => right.applyBatch({ ...batch, events: batch.events.toReversed() }),
    }),
  },
  {
    wrong: "drops the last event of a full batch",
    plant: (right) => ({
      applyBatch: (batch) =>
        right.applyBatch(
          batch.events.length > 2 ? { ...batch, events: batch.events.slice(0, -1) } : batch,
        ),
    }),
  },
  {
    wrong: "ignores removals",
    plant: applying((projection) => ({
      ...projection,
      apply: (before, event) => projection.apply(before, event) ?? undefined,
    })),
  },
];

it("finds nothing wrong with the adapter that is right", async () => {
  expect(await redCases(inlineContract(open))).toEqual([]);
  expect(await redCases(equivalenceContract(open))).toEqual([]);
});

it.each(INLINE)("notices a store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(inlineContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it.each(ALL_TOGETHER)("notices by any history a store that $wrong", async ({ plant }) => {
  const cases = equivalenceContract(planted(open, plant));
  expect(await redCases(cases)).toContain(ANY_HISTORY);
});

/** Changes how the events of a batch are folded. */
function applying(change: (projection: Projection) => Projection): Plant<StorePorts> {
  return (right) => ({
    applyBatch: (batch) => right.applyBatch({ ...batch, projection: change(batch.projection) }),
  });
}

/** Keeps the inline views in a store of their own, written when the append has happened. */
function besides(apply: (write: () => Promise<void>) => Promise<void>): Plant<StorePorts> {
  return (_right, { inline = [], ...options }) => {
    const log = createMemoryStore(options);
    const views = createMemoryStore();

    async function project(events: readonly RecordedEvent[]): Promise<void> {
      for (const projection of inline) {
        const from = await views.loadCheckpoint(projection);
        await views.applyBatch({ projection, events, from, to: events.at(-1)!.position });
      }
    }

    return {
      ...log,
      async append(append) {
        const result = await log.append(append);
        await apply(() => project(result.events));
        return result;
      },
      async saveState(change) {
        const result = await log.saveState(change);
        await apply(() => project(result.events));
        return result;
      },
      readModel: views.readModel,
    };
  };
}

/** Folds from documents that were read before a pause: the last writer wins. */
function unlocked(
  right: StorePorts,
  { inline = [] }: Parameters<Plant<StorePorts>>[1],
): Partial<StorePorts> {
  const log = createMemoryStore();
  const documents = new Map<string, AnyDocument>();
  return {
    ...log,
    async append(append) {
      const result = await log.append(append);
      for (const projection of inline) {
        for (const event of result.events) {
          const key = projection.keyOf(event);
          if (key === undefined) continue;
          const before = documents.get(key);
          await nextTurn();
          const after = projection.apply(before, event);
          if (after) documents.set(key, after);
          else if (after === null) documents.delete(key);
        }
      }
      return result;
    },
    readModel<TDocument>(): ReadModel<TDocument> {
      return {
        get: async (key) => documents.get(key) as TDocument | undefined,
        find: async () => ({
          documents: [...documents.values()] as TDocument[],
          total: documents.size,
        }),
      };
    },
  };
}
