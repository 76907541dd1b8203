import type {
  AnyDocument,
  FindOptions,
  FoundDocuments,
  Projection,
  ReadModel,
} from "@counterpoint/read-model";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { planted, readModelContract, redCases } from "@counterpoint/testing";
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

const LIKENESSES: Readonly<Record<string, (text: string) => string>> = {
  "lower-cased": (text) => text.toLowerCase(),
  "upper-cased": (text) => text.toUpperCase(),
  "right-trimmed": (text) => text.trimEnd(),
  "left-trimmed": (text) => text.trimStart(),
  composed: (text) => text.normalize("NFC"),
};

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
  ...Object.entries(LIKENESSES).flatMap(([likeness, fold]) => [
    {
      wrong: `takes the document under the ${likeness} key when there is none under the key itself`,
      plant: elsewhere({ get: fold }),
      killedBy: ["holds a document under any key"],
    },
    {
      wrong: `finds by the ${likeness} key when there is nothing under the key itself`,
      plant: elsewhere({ find: (where) => ("id" in where ? folded(where, fold) : where) }),
      killedBy: ["holds a document under any key"],
    },
    {
      wrong: `finds by the ${likeness} text when nothing has the text itself`,
      plant: elsewhere({ find: (where) => folded(where, fold) }),
      killedBy: ["holds a document under any key"],
    },
  ]),
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

it("finds nothing wrong with the adapter that is right", async () => {
  expect(await redCases(readModelContract(open))).toEqual([]);
});

it.each(READ_MODELS)("notices a read model that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(readModelContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

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

/** Looks elsewhere for what is not where it was looked for. */
function elsewhere({
  get = (key) => key,
  find = (where) => where,
}: {
  readonly get?: (key: string) => string;
  readonly find?: (where: AnyDocument) => AnyDocument;
}): Plant<StorePorts> {
  return (right) => ({
    readModel<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
      const model = right.readModel(projection);
      return {
        get: async (key) => (await model.get(key)) ?? model.get(get(key)),
        async find(options = {}) {
          const found = await model.find(options);
          if (found.total > 0 || !options.where) return found;
          const where = find(options.where as AnyDocument) as Partial<TDocument>;
          return model.find({ ...options, where });
        },
      };
    },
  });
}

function folded(where: AnyDocument, fold: (text: string) => string): AnyDocument {
  return mapped(where, (value) => (typeof value === "string" ? fold(value) : value));
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

function mapped(document: AnyDocument, change: (value: unknown) => unknown): AnyDocument {
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, change(value)]));
}

function hasNullLabel(document: AnyDocument): boolean {
  return document["label"] === null;
}
