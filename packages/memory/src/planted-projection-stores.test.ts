import type { Projection } from "@counterpoint/read-model";
import { ReadModelError } from "@counterpoint/read-model";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { planted, projectionStoreContract, redCases } from "@counterpoint/testing";
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

it("finds nothing wrong with the adapter that is right", async () => {
  expect(await redCases(projectionStoreContract(open))).toEqual([]);
});

it.each(PROJECTION_STORES)(
  "notices a projection store that $wrong",
  async ({ plant, killedBy }) => {
    const red = await redCases(projectionStoreContract(planted(open, plant)));
    expect(red).toEqual(expect.arrayContaining([...killedBy]));
  },
);

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
