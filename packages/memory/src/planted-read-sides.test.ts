import type { RecordedEvent } from "@counterpoint/events";
import type {
  AnyDocument,
  FindOptions,
  FoundDocuments,
  Projection,
  ReadModel,
} from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import {
  equivalenceContract,
  inlineContract,
  planted,
  projectionStoreContract,
  readModelContract,
  redCases,
} from "@counterpoint/testing";
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

const READ_MODELS: readonly Planted[] = [
  {
    wrong: "ignores updates of a document",
    plant: applying((projection) => ({
      ...projection,
      apply: (before, event) => (before ? undefined : projection.apply(before, event)),
    })),
    killedBy: ["replaces a document with all its columns, and removes it"],
  },
  {
    wrong: "leaves columns that an update sets to null",
    plant: applying((projection) => ({
      ...projection,
      apply(before, event) {
        const after = projection.apply(before, event);
        if (!after || !before) return after;
        const entries = Object.entries(after).map(([name, value]) => [name, value ?? before[name]]);
        return Object.fromEntries(entries) as AnyDocument;
      },
    })),
    killedBy: ["replaces a document with all its columns, and removes it"],
  },
  {
    wrong: "hands out times as text",
    plant: showing((document) =>
      mapped(document, (value) => (value instanceof Date ? value.toJSON() : value)),
    ),
    killedBy: ["gives back every value of every column type exactly"],
  },
  {
    wrong: "keeps times to the second",
    plant: showing((document) =>
      mapped(document, (value) =>
        value instanceof Date ? new Date(Math.floor(value.getTime() / 1e3) * 1e3) : value,
      ),
    ),
    killedBy: ["gives back every value of every column type exactly"],
  },
  {
    wrong: "hands out bigints as numbers",
    plant: showing((document) =>
      mapped(document, (value) => (typeof value === "bigint" ? Number(value) : value)),
    ),
    killedBy: ["gives back every value of every column type exactly"],
  },
  {
    wrong: "hands out bigints that went through a number",
    plant: showing((document) =>
      mapped(document, (value) => (typeof value === "bigint" ? BigInt(Number(value)) : value)),
    ),
    killedBy: [
      "gives back every value of every column type exactly",
      "gives back every value of an inline read model exactly",
    ],
  },
  {
    wrong: "takes text that looks like JSON for JSON",
    plant: showing((document) =>
      mapped(document, (value) => (value === "text" ? { text: true } : value)),
    ),
    killedBy: ["gives back every value of every column type exactly"],
  },
  {
    wrong: "orders text as people of one country do",
    plant: sorting((a, b) => a.localeCompare(b, "en")),
    killedBy: [
      "lists in the order of keys, by code points",
      "orders text by code points, and null last",
    ],
  },
  {
    wrong: "orders text by UTF-16 units",
    plant: sorting((a, b) => (a < b ? -1 : Number(a > b))),
    killedBy: [
      "lists in the order of keys, by code points",
      "orders text by code points, and null last",
    ],
  },
  {
    wrong: "puts null first",
    plant: finding((found) => ({
      ...found,
      documents: found.documents.toSorted(
        (a, b) => Number(hasNullLabel(b)) - Number(hasNullLabel(a)),
      ),
    })),
    killedBy: ["orders text by code points, and null last"],
  },
  {
    wrong: "finds one document more than asked for",
    plant: searching((options) => ({ ...options, limit: (options.limit ?? 100) + 1 })),
    killedBy: [
      "cuts pages that add up to the whole, each with the total",
      "refuses a limit or an offset that is none",
      "lists a hundred documents unless told otherwise",
    ],
  },
  {
    wrong: "passes over one document too many",
    plant: searching((options) => ({ ...options, offset: (options.offset ?? 0) + 1 })),
    killedBy: [
      "cuts pages that add up to the whole, each with the total",
      "lists in the order of keys, by code points",
    ],
  },
  {
    wrong: "counts the page instead of what matches",
    plant: finding((found) => ({ ...found, total: found.documents.length })),
    killedBy: [
      "counts as total what matches, not what there is",
      "has an empty page behind the end, with the total all the same",
    ],
  },
  {
    wrong: "counts everything instead of what matches",
    plant: (right) => ({
      readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
        const model = right.readModel(projection);
        return {
          ...model,
          find: async (options) => ({
            ...(await model.find(options)),
            total: (await model.find()).total,
          }),
        };
      },
    }),
    killedBy: ["counts as total what matches, not what there is"],
  },
  {
    wrong: "looks at the first condition only",
    plant: searching(({ where = {}, ...options }) => ({
      ...options,
      where: Object.fromEntries(Object.entries(where).slice(0, 1)),
    })),
    killedBy: ["finds documents by the value of any comparable column"],
  },
  {
    wrong: "takes a condition that is undefined for null",
    plant: searching(({ where = {}, ...options }) => ({
      ...options,
      where: mapped(where as AnyDocument, (value) => value ?? null),
    })),
    killedBy: ["lets a condition that is undefined match everything"],
  },
  {
    wrong: "orders by the first column only",
    plant: searching(({ orderBy = [], ...options }) => ({
      ...options,
      orderBy: orderBy.slice(0, 1),
    })),
    killedBy: ["orders by several columns, and by key where they leave it open"],
  },
  {
    wrong: "passes over columns that there are not",
    plant: (right) => ({
      readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
        const model = right.readModel(projection);
        return {
          ...model,
          find: (options) => model.find(options).catch(() => ({ documents: [], total: 0 })),
        };
      },
    }),
    killedBy: [
      "refuses columns that there are not, and those that cannot be compared",
      "refuses to compare a column with a value of another type",
      "refuses a limit or an offset that is none",
    ],
  },
  {
    wrong: "hands the same objects to every reader",
    plant: (right) => {
      const cache = new Map<string, unknown>();
      return {
        readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
          const model = right.readModel(projection);
          return {
            ...model,
            async get(key) {
              if (!cache.has(key)) cache.set(key, await model.get(key));
              return cache.get(key) as TDocument | undefined;
            },
          };
        },
      };
    },
    killedBy: ["gives every reader copies of its own"],
  },
];

const PROJECTION_STORES: readonly Planted[] = [
  {
    wrong: "moves the checkpoint without a comparison",
    plant: (right) => ({
      applyBatch: async (batch) =>
        right.applyBatch({ ...batch, from: await right.loadCheckpoint(batch.projection) }),
    }),
    killedBy: [
      "changes nothing when a batch is repeated",
      "changes nothing when a batch lies behind or ahead of the checkpoint",
      "changes nothing when a first batch does not begin at 0",
      "refuses a batch that was read before the read model was emptied",
    ],
  },
  {
    wrong: "compares the checkpoint outside of the transaction",
    plant: (right) => ({
      async applyBatch(batch) {
        const actual = await right.loadCheckpoint(batch.projection);
        if (actual !== batch.from) throw moved();
        await nextTurn();
        await right.applyBatch({ ...batch, from: await right.loadCheckpoint(batch.projection) });
      },
    }),
    killedBy: ["applies a batch once when two apply it at the same time"],
  },
  {
    wrong: "accepts a batch that lies behind the checkpoint",
    plant: (right) => ({
      async applyBatch(batch) {
        const actual = await right.loadCheckpoint(batch.projection);
        await right.applyBatch({ ...batch, from: batch.from < actual ? actual : batch.from });
      },
    }),
    killedBy: [
      "changes nothing when a batch is repeated",
      "changes nothing when a batch lies behind or ahead of the checkpoint",
    ],
  },
  {
    wrong: "accepts a batch that lies ahead of the checkpoint",
    plant: (right) => ({
      async applyBatch(batch) {
        const actual = await right.loadCheckpoint(batch.projection);
        await right.applyBatch({ ...batch, from: batch.from > actual ? actual : batch.from });
      },
    }),
    killedBy: [
      "changes nothing when a batch lies behind or ahead of the checkpoint",
      "changes nothing when a first batch does not begin at 0",
    ],
  },
  {
    wrong: "writes documents before it compares the checkpoint",
    plant: documentsFirst,
    killedBy: [
      "changes nothing when a batch is repeated",
      "applies a batch once when two apply it at the same time",
    ],
  },
  {
    wrong: "moves the checkpoint although a handler fails",
    plant: (right) => ({
      applyBatch: (batch) =>
        right.applyBatch(batch).catch(async (error: unknown) => {
          await right.applyBatch({ ...batch, events: [] }).catch(() => {});
          throw error;
        }),
    }),
    killedBy: [
      "leaves documents and checkpoint when a handler fails",
      "leaves documents and checkpoint when a handler returns what the columns cannot hold",
      "leaves documents and checkpoint when a key is unusable",
    ],
  },
  {
    wrong: "writes the documents before the one whose handler fails",
    plant: (right) => ({
      async applyBatch(batch) {
        let { from } = batch;
        for (const event of batch.events) {
          await right.applyBatch({ ...batch, events: [event], from, to: event.position });
          from = event.position;
        }
        if (from !== batch.to) await right.applyBatch({ ...batch, events: [], from });
      },
    }),
    killedBy: ["leaves documents and checkpoint when a handler fails"],
  },
  {
    wrong: "passes over events whose handler fails",
    plant: applying((projection) => ({
      ...projection,
      apply(before, event) {
        try {
          return projection.apply(before, event);
        } catch {
          return undefined;
        }
      },
    })),
    killedBy: ["leaves documents and checkpoint when a handler fails"],
  },
  {
    wrong: "stays where it is when no document is concerned",
    plant: (right) => ({
      async applyBatch(batch) {
        const isEmpty = batch.events.every((event) => batch.projection.keyOf(event) === undefined);
        if (!isEmpty) await right.applyBatch(batch);
      },
    }),
    killedBy: ["moves the checkpoint over events that concern no document"],
  },
  {
    wrong: "resets the position and not the view",
    plant: (right) => {
      const offsets = new Map<string, number>();
      const offsetOf = ({ name }: Projection): number => offsets.get(name) ?? 0;
      return {
        async reset(projection) {
          offsets.set(projection.name, await right.loadCheckpoint(projection));
        },
        loadCheckpoint: async (projection) =>
          Math.max(0, (await right.loadCheckpoint(projection)) - offsetOf(projection)),
        async applyBatch(batch) {
          const offset = offsetOf(batch.projection);
          await right.applyBatch({ ...batch, from: batch.from + offset, to: batch.to + offset });
        },
      };
    },
    killedBy: ["empties documents and checkpoint together"],
  },
  {
    wrong: "resets the view and not the position",
    plant: (right) => ({
      async reset(projection) {
        const to = await right.loadCheckpoint(projection);
        await right.reset(projection);
        if (to > 0) await right.applyBatch({ projection, events: [], from: 0, to });
      },
    }),
    killedBy: [
      "empties documents and checkpoint together",
      "refuses a batch that was read before the read model was emptied",
    ],
  },
  {
    wrong: "keeps one checkpoint for all read models",
    plant: (right) => {
      let position = 0;
      return {
        loadCheckpoint: async () => position,
        async applyBatch(batch) {
          await right.applyBatch({ ...batch, from: await right.loadCheckpoint(batch.projection) });
          position = batch.to;
        },
      };
    },
    killedBy: ["keeps read models of the same fold apart"],
  },
  {
    wrong: "empties a read model when it is prepared again",
    plant: (right) => ({
      async prepare(follower) {
        await right.prepare(follower);
        if ("columns" in follower) await right.reset(follower);
      },
    }),
    killedBy: ["prepares a read model once, however often and from wherever it is asked"],
  },
  {
    wrong: "ignores removals",
    plant: applying((projection) => ({
      ...projection,
      apply: (before, event) => projection.apply(before, event) ?? undefined,
    })),
    killedBy: ["writes a document that one batch creates, changes, removes and creates again"],
  },
];

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

it("finds nothing wrong with the adapters that are right", async () => {
  for (const suite of [
    readModelContract,
    projectionStoreContract,
    inlineContract,
    equivalenceContract,
  ]) {
    expect(await redCases(suite(open))).toEqual([]);
  }
});

it.each(READ_MODELS)("notices a read model that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(readModelContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it.each(PROJECTION_STORES)(
  "notices a projection store that $wrong",
  async ({ plant, killedBy }) => {
    const red = await redCases(projectionStoreContract(planted(open, plant)));
    expect(red).toEqual(expect.arrayContaining([...killedBy]));
  },
);

it.each(INLINE)("notices a store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(inlineContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it.each(ALL_TOGETHER)("notices by any history a store that $wrong", async ({ plant }) => {
  const cases = equivalenceContract(planted(open, plant));
  expect(await redCases(cases)).toContain(ANY_HISTORY);
});

function moved(): ReadModelError {
  return new ReadModelError("CHECKPOINT_MOVED", "moved");
}

/** Documents and checkpoint in two transactions, documents first. */
function documentsFirst(right: StorePorts): Partial<StorePorts> {
  return {
    async applyBatch(batch) {
      const { projection } = batch;
      const at = await right.loadCheckpoint(projection);
      await right.applyBatch({ ...batch, from: at, to: at });
      await nextTurn();
      await right.applyBatch({ ...batch, events: [] });
    },
  };
}

/** Changes how the events of a batch are folded. */
function applying(change: (projection: Projection) => Projection): Plant<StorePorts> {
  return (right) => ({
    applyBatch: (batch) => right.applyBatch({ ...batch, projection: change(batch.projection) }),
  });
}

/** Changes documents on their way out. */
function showing(change: (document: AnyDocument) => AnyDocument): Plant<StorePorts> {
  return (right) => ({
    readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
      const model = right.readModel(projection);
      const changed = (document: TDocument): TDocument =>
        change(document as AnyDocument) as TDocument;
      return {
        async get(key) {
          const document = await model.get(key);
          return document && changed(document);
        },
        async find(options) {
          const { documents, total } = await model.find(options);
          return { documents: documents.map(changed), total };
        },
      };
    },
  });
}

/** Changes what is asked of a read model. */
function searching(change: (options: FindOptions) => FindOptions): Plant<StorePorts> {
  return (right) => ({
    readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
      const model = right.readModel(projection);
      return {
        ...model,
        find: (options = {}) =>
          model.find(change(options as FindOptions) as FindOptions<TDocument>),
      };
    },
  });
}

/** Changes what a search has found. */
function finding(change: (found: FoundDocuments) => FoundDocuments): Plant<StorePorts> {
  return (right) => ({
    readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
      const model = right.readModel(projection);
      return {
        ...model,
        find: async (options) =>
          change((await model.find(options)) as FoundDocuments) as FoundDocuments<TDocument>,
      };
    },
  });
}

/** Orders by text in another way, by the first column asked for or the key. */
function sorting(compare: (a: string, b: string) => number): Plant<StorePorts> {
  return (right) => ({
    readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
      const model = right.readModel(projection);
      return {
        ...model,
        async find(options = {}) {
          const found = await model.find(options);
          const column = (options.orderBy?.[0] ?? "id") as keyof TDocument;
          const documents = found.documents.toSorted((a, b) => {
            const [left, right] = [a[column], b[column]];
            return typeof left === "string" && typeof right === "string" ? compare(left, right) : 0;
          });
          return { ...found, documents };
        },
      };
    },
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

function mapped(document: AnyDocument, change: (value: unknown) => unknown): AnyDocument {
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, change(value)]));
}

function hasNullLabel(document: AnyDocument): boolean {
  return document["label"] === null;
}
