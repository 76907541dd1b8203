import type { EventContract, StandardSchema } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";
import type { EventLog, EventStore, Json } from "@counterpoint/events";
import type {
  AnyDocument,
  FindOptions,
  Projection,
  ProjectionStore,
  ReadModel,
} from "@counterpoint/read-model";
import { projection } from "@counterpoint/read-model";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf, opened } from "../contract-case.ts";
import { rejectsWithClass } from "../expectations.ts";
import { deepEqual, equal } from "../node.ts";
import { catchUp } from "./follow.ts";

type Store = EventStore & EventLog & ProjectionStore;

/** One column of each type, and of each that may be null. */
type Specimen = {
  readonly id: string;
  readonly label: string | null;
  readonly count: number | null;
  readonly big: bigint | null;
  readonly ratio: number | null;
  readonly flag: boolean | null;
  readonly at: Date | null;
  readonly data: Json;
};

/** What JSON cannot hold travels as text. */
interface PutPayload {
  readonly id: string;
  readonly label: string | null;
  readonly count: number | null;
  readonly big: string | null;
  readonly ratio: string | null;
  readonly flag: boolean | null;
  readonly at: number | null;
  readonly data: Json;
}

const Put: EventContract<"Put", StandardSchema<PutPayload>> = event("Put", {
  payload: type<PutPayload>(),
});
const Removed: EventContract<"Removed", StandardSchema<{ readonly id: string }>> = event(
  "Removed",
  { payload: type<{ readonly id: string }>() },
);

const specimens: Projection<Specimen> = projection("specimens", {
  version: 1,
  events: [Put, Removed],
  columns: {
    id: "text",
    label: "text?",
    count: "integer?",
    big: "bigint?",
    ratio: "double precision?",
    flag: "boolean?",
    at: "timestamptz?",
    data: "jsonb?",
  },
  key: ({ payload }) => payload.id,
  on: {
    Put: (_before, { payload: { big, ratio, at, ...rest } }) => ({
      ...rest,
      big: big === null ? null : BigInt(big),
      ratio: ratio === null ? null : Number(ratio),
      at: at === null ? null : new Date(at),
    }),
    Removed: () => null,
  },
});

/** Keys that are not there, each with one that is and that folding, padding or normalizing would take for it. */
const LOOKALIKES: readonly (readonly [absent: string, there: string])[] = [
  ["B", "b"],
  ["c", "C"],
  ["d ", "d"],
  ["e", "e "],
  [" f", "f"],
  ["g\t", "g"],
  ["cafe\u0301", "caf\u00E9"],
  ["caf\u00C9", "caf\u00E9"],
  ["cafe", "caf\u00E9"],
];

const EMPTY: Omit<Specimen, "id"> = {
  label: null,
  count: null,
  big: null,
  ratio: null,
  flag: null,
  at: null,
  data: null,
};

/** By code points, which is how text has to be ordered. UTF-16 would put the last two the other way round. */
const IN_ORDER = [
  "",
  " ",
  "'",
  "-",
  "10",
  "2",
  "A",
  "Z",
  "_",
  "a",
  "a b",
  "ab",
  "z",
  "é",
  "\uFB01",
];
IN_ORDER.push("\uFFFD", "\u{1F600}");

const FAITHFUL: readonly Partial<Specimen>[] = [
  {},
  { label: "", count: 0, big: 0n, ratio: 0, flag: false, at: new Date(0), data: [] },
  { label: "Zoë 🦄 '\"\\ $1 \n\t \u0001", flag: true, data: {} },
  { count: 2 ** 31 - 1, big: 2n ** 63n - 1n, ratio: Number.MAX_VALUE },
  { count: -(2 ** 31) + 1, big: -(2n ** 63n), ratio: 5e-324 },
  { big: 9_007_199_254_740_993n, ratio: 0.1 + 0.2, data: { n: 9_007_199_254_740_991 } },
  { ratio: Number.NaN },
  { ratio: Infinity },
  { ratio: -Infinity },
  { at: new Date(Date.UTC(2024, 1, 29, 23, 59, 59, 999)) },
  { at: new Date("0099-01-01T00:00:00.001Z") },
  { at: new Date("9999-12-31T23:59:59.999Z") },
  { at: new Date("1969-12-31T23:59:59.999Z") },
  { data: "text" },
  { data: false },
  { data: 7.25 },
  { data: [1, [2, { three: null }], "4"] },
  { data: { constructor: 1, "": 2, "a.b": { "🦄": [] }, date: "2025-01-01T00:00:00.000Z" } },
  { data: JSON.parse('{"__proto__": {"polluted": true}}') as Json },
];

/**
 * Lists the promises of the port `ReadModel`: what comes out of it, in which order, and what it refuses.
 *
 * @param open - Opens a fresh, empty store for each case.
 */
export function readModelContract(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("read model", open, {
    "has no document that was never written": async (store) => {
      await fill(store, [{ id: "1" }]);
      const model = store.readModel(specimens);
      equal(await model.get("2"), undefined);
      equal(await model.get(""), undefined);
      equal(await model.get("constructor"), undefined);
      equal(await model.get("__proto__"), undefined);
    },

    "is empty before anything was applied": async (store) => {
      await store.prepare(specimens);
      const model = store.readModel(specimens);
      equal(await model.get("1"), undefined);
      deepEqual(await model.find(), { documents: [], total: 0 });
    },

    "gives back every value of every column type exactly": async (store) => {
      const documents = await fill(
        store,
        FAITHFUL.map((given, n) => ({ ...given, id: key(n) })),
      );
      const model = store.readModel(specimens);
      for (const document of documents) deepEqual(await model.get(document.id), document);
      deepEqual((await model.find()).documents, documents);
    },

    "gives back every value of an inline read model exactly": opened(
      { inline: [specimens] },
      async (store) => {
        const documents = FAITHFUL.map((given, n) => specimen({ ...given, id: key(n) }));
        await store.append({ stream: "s", events: documents.map(put) });
        deepEqual((await store.readModel(specimens).find()).documents, documents);
      },
    ),

    "keeps no sign of zero": async (store) => {
      await fill(store, [{ id: "1", count: -0, ratio: -0, data: [-0] }]);
      const { count, ratio, data } = (await store.readModel(specimens).get("1"))!;
      deepEqual([count, ratio, data], [0, 0, [0]]);
    },

    "replaces a document with all its columns, and removes it": async (store) => {
      await fill(store, [{ id: "1", label: "one", count: 1, at: new Date(5), data: { a: 1 } }]);
      const [replaced] = await fill(store, [{ id: "1", big: 7n }]);
      const model = store.readModel(specimens);
      deepEqual(await model.get("1"), replaced);
      await store.append({ stream: "s", events: [Removed({ id: "1" })] });
      await catchUp(store, specimens);
      equal(await model.get("1"), undefined);
      deepEqual(await model.find(), { documents: [], total: 0 });
    },

    "holds a document under any key": async (store) => {
      const ids = ["a", "A", "a ", " ", "'; --", '"', "\\", "%", "__proto__", "toString", "🦄"];
      const all = new Set([...ids, ...LOOKALIKES.map(([, there]) => there)]);
      const documents = await fill(
        store,
        [...all].map((id) => ({ id, label: id })),
      );
      const model = store.readModel(specimens);
      for (const document of documents) deepEqual(await model.get(document.id), document);
      equal((await model.find()).total, all.size);
      for (const [id] of LOOKALIKES) {
        equal(await model.get(id), undefined);
        for (const where of [{ id }, { label: id }]) {
          deepEqual(await model.find({ where }), { documents: [], total: 0 });
        }
      }
    },

    "has no document under a key that no store can hold": async (store) => {
      await fill(store, [{ id: "\uFFFD", label: "\uFFFD" }]);
      const model = store.readModel(specimens);
      for (const id of ["a\u0000", "\uD800", "x".repeat(10_000)]) {
        equal(await model.get(id), undefined);
        deepEqual(await model.find({ where: { id } }), { documents: [], total: 0 });
        deepEqual(await model.find({ where: { label: id } }), { documents: [], total: 0 });
      }
    },

    "lists in the order of keys, by code points": async (store) => {
      await fill(store, shuffled(IN_ORDER.filter((id) => id !== "").map((id) => ({ id }))));
      deepEqual(
        await ids(store, {}),
        IN_ORDER.filter((id) => id !== ""),
      );
    },

    "orders text by code points, and null last": async (store) => {
      await fill(
        store,
        shuffled([...IN_ORDER, null].map((label, n) => ({ id: key(99 - n), label }))),
      );
      const { documents } = await store.readModel(specimens).find({ orderBy: ["label"] });
      deepEqual(
        documents.map(({ label }) => label),
        [...IN_ORDER, null],
      );
    },

    "orders numbers, bigints, booleans and times by value, and null last": async (store) => {
      const counts = [-10, -9, 0, 2, 10, null];
      const bigs = [-(2n ** 60n), -5n, 2n, 10n, 2n ** 53n, 2n ** 53n + 1n, null];
      const ratios = [-Infinity, -1.5, 0, 0.25, 10, Infinity, Number.NaN, null];
      const flags = [false, true, null];
      const times = [-1, 0, 999, 1_000, 1e12].map((ms) => new Date(ms));
      const all: Partial<Specimen>[] = [
        ...counts.map((count) => ({ label: "count", count })),
        ...bigs.map((big) => ({ label: "big", big })),
        ...ratios.map((ratio) => ({ label: "ratio", ratio })),
        ...flags.map((flag) => ({ label: "flag", flag })),
        ...[...times, null].map((at) => ({ label: "at", at })),
      ];
      await fill(store, shuffled(all.map((given, n) => ({ ...given, id: key(99 - n) }))));
      for (const [column, expected] of [
        ["count", counts],
        ["big", bigs],
        ["ratio", ratios],
        ["flag", flags],
        ["at", [...times, null]],
      ] as const) {
        const { documents } = await store
          .readModel(specimens)
          .find({ where: { label: column }, orderBy: [column] });
        deepEqual(
          documents.map((document) => document[column]),
          expected,
        );
      }
    },

    "orders by several columns, and by key where they leave it open": async (store) => {
      await fill(store, [
        { id: "d", label: "x", count: 2 },
        { id: "a", label: "y", count: 1 },
        { id: "c", label: "x", count: 1 },
        { id: "b", label: "x", count: 1 },
        { id: "e", label: null, count: 0 },
      ]);
      deepEqual(await ids(store, { orderBy: ["label", "count"] }), ["b", "c", "d", "a", "e"]);
      deepEqual(await ids(store, { orderBy: ["count", "label"] }), ["e", "b", "c", "a", "d"]);
      deepEqual(await ids(store, { orderBy: ["id", "label"] }), ["a", "b", "c", "d", "e"]);
    },

    "finds documents by the value of any comparable column": async (store) => {
      const documents = await fill(store, [
        { id: "1", label: "x", count: 1, big: 2n ** 53n + 1n, ratio: 0.5, flag: true },
        { id: "2", label: "x", count: 2, big: 2n ** 53n, ratio: Number.NaN, flag: false },
        { id: "3", label: "X", count: 2, at: new Date(5) },
        { id: "4", label: "x ", ratio: Infinity, at: new Date(6) },
      ]);
      for (const [where, expected] of [
        [{ id: "3" }, ["3"]],
        [{ label: "x" }, ["1", "2"]],
        [{ count: 2 }, ["2", "3"]],
        [{ big: 2n ** 53n }, ["2"]],
        [{ ratio: 0.5 }, ["1"]],
        [{ ratio: Number.NaN }, ["2"]],
        [{ ratio: Infinity }, ["4"]],
        [{ ratio: 7 }, []],
        [{ flag: false }, ["2"]],
        [{ at: new Date(5) }, ["3"]],
        [{ at: null }, ["1", "2"]],
        [{ big: null }, ["3", "4"]],
        [{ label: "x", count: 2 }, ["2"]],
        [{ label: "x", count: 3 }, []],
        [{ label: "x' OR '1'='1" }, []],
        [{}, ["1", "2", "3", "4"]],
      ] as const) {
        deepEqual(await store.readModel(specimens).find({ where }), {
          documents: documents.filter(({ id }) => (expected as readonly string[]).includes(id)),
          total: expected.length,
        });
      }
    },

    "lets a condition that is undefined match everything": async (store) => {
      await fill(store, [{ id: "1" }, { id: "2", label: "x" }]);
      const where = { label: undefined } as unknown as Partial<Specimen>; // as plain JavaScript passes it
      deepEqual(await ids(store, { where }), ["1", "2"]);
    },

    "cuts pages that add up to the whole, each with the total": async (store) => {
      await fill(
        store,
        shuffled(Array.from({ length: 23 }, (_, n) => ({ id: key(n), count: n % 4 }))),
      );
      const all = await ids(store, { orderBy: ["count"] });
      equal(all.length, 23);
      for (const limit of [1, 5, 22, 23, 50]) {
        const pages: string[] = [];
        for (let offset = 0; offset < 23; offset += limit) {
          const found = await store
            .readModel(specimens)
            .find({ orderBy: ["count"], limit, offset });
          equal(found.total, 23);
          equal(found.documents.length, Math.min(limit, 23 - offset));
          pages.push(...found.documents.map(({ id }) => id));
        }
        deepEqual(pages, all);
      }
    },

    "has an empty page behind the end, with the total all the same": async (store) => {
      await fill(store, [{ id: "1" }, { id: "2" }]);
      const model = store.readModel(specimens);
      deepEqual(await model.find({ offset: 2 }), { documents: [], total: 2 });
      deepEqual(await model.find({ offset: 1_000_000, limit: 1 }), { documents: [], total: 2 });
      deepEqual(await model.find({ where: { label: "none" }, offset: 1 }), {
        documents: [],
        total: 0,
      });
    },

    "counts as total what matches, not what there is": async (store) => {
      await fill(
        store,
        Array.from({ length: 12 }, (_, n) => ({ id: key(n), flag: n % 3 === 0 })),
      );
      const found = await store.readModel(specimens).find({ where: { flag: true }, limit: 2 });
      deepEqual([found.documents.length, found.total], [2, 4]);
    },

    "lists a hundred documents unless told otherwise": async (store) => {
      await fill(
        store,
        Array.from({ length: 105 }, (_, n) => ({ id: key(n) })),
      );
      const found = await store.readModel(specimens).find();
      deepEqual([found.documents.length, found.total], [100, 105]);
      equal((await store.readModel(specimens).find({ limit: 1_000 })).documents.length, 105);
    },

    "refuses a limit or an offset that is none": async (store) => {
      await fill(store, [{ id: "1" }]);
      const model = store.readModel(specimens);
      for (const bad of [-1, 1.5, Number.NaN, Infinity, "1" as never]) {
        await rejectsWithClass(model.find({ limit: bad }), RangeError);
        await rejectsWithClass(model.find({ offset: bad }), RangeError);
      }
      await rejectsWithClass(model.find({ limit: 0 }), RangeError);
    },

    "refuses columns that there are not, and those that cannot be compared": async (store) => {
      await fill(store, [{ id: "1", data: { a: 1 } }]);
      const model: ReadModel = store.readModel<AnyDocument>(specimens);
      for (const name of ["nothing", "ID", "id ", "constructor", "toString", 'id" --', "data"]) {
        await rejectsWithClass(model.find({ where: { [name]: "1" } }), TypeError);
        await rejectsWithClass(model.find({ orderBy: [name] }), TypeError);
      }
      const where = JSON.parse('{"__proto__": 1}') as AnyDocument;
      await rejectsWithClass(model.find({ where }), TypeError);
    },

    "refuses to compare a column with a value of another type": async (store) => {
      await fill(store, [{ id: "1", count: 1, big: 1n, ratio: 1, flag: true, at: new Date(1) }]);
      const model: ReadModel = store.readModel<AnyDocument>(specimens);
      for (const where of [
        { id: 1 },
        { label: new Date(0) },
        { count: "1" },
        { count: 1.5 },
        { big: 1 },
        { ratio: "1" },
        { flag: 1 },
        { flag: "true" },
        { at: 1 },
        { at: "1970-01-01T00:00:00.001Z" },
        { at: new Date(Number.NaN) },
      ] as readonly AnyDocument[]) {
        await rejectsWithClass(model.find({ where }), TypeError);
      }
    },

    "gives every reader copies of its own": async (store) => {
      const [document] = await fill(store, [
        { id: "1", at: new Date(5), data: { list: [1], inner: { name: "kept" } } },
      ]);
      const before = structuredClone(document!);
      const model = store.readModel(specimens);
      for (let round = 0; round < 2; round++) {
        for (const found of [await model.get("1"), (await model.find()).documents[0]]) {
          deepEqual(found, before);
          found!.at!.setTime(0);
          (found!.data as { list: number[] }).list.push(2);
          Object.assign(found!, { label: "defaced" });
        }
      }
    },

    "writes thousands of documents in one batch": async (store) => {
      const count = 8_200; // times eight columns: more than 65,535 parameters
      const events = Array.from({ length: count }, (_, n) =>
        put(specimen({ id: key(n), count: n })),
      );
      await store.append({ stream: "s", events });
      await catchUp(store, specimens, [count]);
      const found = await store.readModel(specimens).find({ limit: 3, offset: count - 3 });
      equal(found.total, count);
      deepEqual(
        found.documents.map((document) => document.count),
        [count - 3, count - 2, count - 1],
      );
    },
  });
}

/** Brings the read model to hold these documents. */
async function fill(
  store: Store,
  given: readonly (Partial<Specimen> & { readonly id: string })[],
): Promise<readonly Specimen[]> {
  const documents = given.map(specimen);
  await store.append({ stream: "s", events: documents.map(put) });
  await catchUp(store, specimens);
  return documents;
}

function specimen(given: Partial<Specimen> & { readonly id: string }): Specimen {
  return { ...EMPTY, ...given };
}

function put({ big, ratio, at, ...rest }: Specimen) {
  return Put({
    ...rest,
    big: big === null ? null : String(big),
    ratio: ratio === null ? null : Object.is(ratio, -0) ? "-0" : String(ratio),
    at: at === null ? null : at.getTime(),
  });
}

async function ids(store: Store, options: FindOptions<Specimen>): Promise<readonly string[]> {
  return (await store.readModel(specimens).find(options)).documents.map(({ id }) => id);
}

/** Sorts as their numbers do. */
function key(n: number): string {
  return String(n).padStart(5, "0");
}

/** Always the same way, and neither sorted nor reversed. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  const step = 7;
  return Array.from({ length: step }, (_, rest) => items.filter((_, n) => n % step === rest))
    .reverse()
    .flat();
}
