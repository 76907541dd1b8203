import { event, type } from "@counterpoint/bus";
import type { Projection, Projector } from "@counterpoint/read-model";
import { createProjector, projection } from "@counterpoint/read-model";
import type { CrashSweepOptions, Plant, StorePorts } from "@counterpoint/testing";
import { crashSweep, manualTime } from "@counterpoint/testing";
import type { Repository } from "@counterpoint/write-model";
import {
  createEventSourcedRepository,
  createStateStoredRepository,
  decider,
} from "@counterpoint/write-model";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const Added = event("Added", { payload: type<{ list: string; item: string }>() });

const list = decider({
  events: [Added],
  initial: [] as readonly string[],
  evolve: { Added: (items, { payload }) => [...items, payload.item] },
});

const lists = projection("lists", {
  version: 1,
  events: [Added],
  columns: { list: "text", items: "text" },
  key: ({ payload }) => payload.list,
  on: {
    Added: (row, { payload: { list, item } }) => ({ list, items: `${row?.items ?? ""}${item}` }),
  },
});

const eventual = lists.as("lists_eventual");

/** `[list, item]`, in the order in which they are added. */
const ITEMS = [
  ["x", "a"],
  ["y", "b"],
  ["x", "c"],
  ["x", "d"],
] as const;

type Forms = Readonly<Record<string, (store: StorePorts) => Repository<readonly string[]>>>;

const FORMS: Forms = {
  "event-sourced": (store) => createEventSourcedRepository(store, list, { category: "list" }),
  "event-sourced with snapshots": (store) =>
    createEventSourcedRepository(store, list, {
      category: "list",
      snapshots: { store, every: 1, schema: 1 },
    }),
  "state-stored": (store) => createStateStoredRepository(store, list, { category: "list" }),
};

/** Does in two calls what has to be one, so that a crash can come in between. */
interface Torn {
  readonly wrong: string;
  readonly form: keyof typeof FORMS;
  readonly tear: Plant<StorePorts>;
}

const TORN: readonly Torn[] = [
  {
    wrong: "stores the view and then the checkpoint",
    form: "event-sourced",
    tear: (store) => ({
      async applyBatch(batch) {
        await store.applyBatch({ ...batch, to: batch.from });
        await store.applyBatch({ ...batch, events: [] });
      },
    }),
  },
  {
    wrong: "stores the checkpoint and then the view",
    form: "event-sourced",
    tear: (store) => ({
      async applyBatch(batch) {
        await store.applyBatch({ ...batch, events: [] });
        await store.applyBatch({ ...batch, from: batch.to });
      },
    }),
  },
  {
    wrong: "appends and then saves the row",
    form: "state-stored",
    tear: (store) => ({
      loadState: (_, id) => store.loadSnapshot(`row-${id}`),
      async saveState({ collection: _, id, state, ...append }) {
        const result = await store.append(append);
        const { version } = result.streams[0]!;
        const { position } = result;
        await store.saveSnapshot(`row-${id}`, { state, version, position, schema: 1 });
        return result;
      },
    }),
  },
  {
    wrong: "empties the view of a rebuild and then moves the checkpoint back",
    form: "event-sourced",
    tear: (store) => ({
      async reset(projection) {
        const to = await store.loadCheckpoint(projection);
        await store.reset(projection);
        await store.applyBatch({ projection, events: [], from: 0, to });
        await store.reset(projection);
      },
    }),
  },
];

/** Commands come in, and the projector follows; dies anywhere; a new process finishes the work. */
function sweep(
  form: (store: StorePorts) => Repository<readonly string[]>,
  tear: Plant<StorePorts> = () => ({}),
): CrashSweepOptions<StorePorts> {
  const torn = (store: StorePorts): StorePorts => ({ ...store, ...tear(store, {}) });
  return {
    open: async () => ({
      store: createMemoryStore({ inline: [lists] }),
      [Symbol.asyncDispose]: async () => {},
    }),
    scenario: (store, acknowledge) =>
      work(form, torn(store), acknowledge, async (projector) => {
        await projector.rebuild("lists_eventual");
      }),
    restart: (store) => work(form, torn(store)),
    async invariant(store, acknowledged) {
      const { events } = await store.readLog({ after: 0, limit: 100 });
      const logged = events.map(({ payload }) => (payload as { item: string }).item);
      expect(logged).toEqual(["a", "b", "c", "d"]);
      expect(logged).toEqual(expect.arrayContaining([...acknowledged]));
      for (const [id, items] of [
        ["x", "acd"],
        ["y", "b"],
      ] as const) {
        expect((await form(torn(store)).load(id)).state.join("")).toBe(items);
        for (const view of [lists, eventual]) {
          const row = await store.readModel(view).get(id);
          expect([view.name, row]).toEqual([view.name, { list: id, items }]);
        }
      }
      expect(await store.loadCheckpoint(eventual as Projection)).toBe(await store.head());
    },
  };
}

/** What is there already is not added again: as a client does that repeats itself after a crash. */
async function work(
  form: (store: StorePorts) => Repository<readonly string[]>,
  store: StorePorts,
  acknowledge: (promised: string) => void = () => {},
  finish: (projector: Projector) => Promise<void> = async () => {},
): Promise<void> {
  const time = manualTime();
  const projector = createProjector(store, {
    projections: [eventual],
    batchSize: 2,
    owner: "the process", // which comes back under the name that it had, and so need not wait for its own lease
    clock: time,
    scheduler: time,
  });
  await projector.start();
  let token = "";
  for (const [id, item] of ITEMS) {
    const updated = await form(store).update(id, (items) =>
      items.includes(item) ? [] : [Added({ list: id, item })],
    );
    token = updated.token;
    acknowledge(item);
  }
  await projector.waitFor(token);
  await finish(projector);
  await projector.waitFor(token);
  await projector.stop();
}

describe("the crash sweep over memory", () => {
  it.each(Object.entries(FORMS))(
    "loses nothing and doubles nothing, wherever an %s process dies",
    async (name, form) => {
      const { calls, points } = await crashSweep(sweep(form));
      expect(points).toHaveLength(2 * calls);
      expect(calls).toBeGreaterThan(20);
      expect(new Set(points.map(({ method }) => method))).toEqual(
        new Set([
          ...[
            "wake",
            "prepare",
            "loadProgress",
            "acquire",
            "release",
            "applyBatch",
            "readLog",
            "head",
            "reset",
          ],
          ...(name === "state-stored" ? ["loadState", "saveState"] : ["readStream", "append"]),
          ...(name.endsWith("snapshots") ? ["loadSnapshot", "saveSnapshot"] : []),
        ]),
      );
    },
  );

  it.each(TORN)("notices a store that $wrong", async ({ form, tear }) => {
    await expect(crashSweep(sweep(FORMS[form]!, tear))).rejects.toThrow(/^After a crash/);
  });
});
