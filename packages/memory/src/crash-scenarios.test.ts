import type { OpenStore, StorePorts } from "@counterpoint/testing";
import { crashScenarios } from "@counterpoint/testing";
import { expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const open: OpenStore<StorePorts> = async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
});

/** Does in several calls what has to be one, so that a crash can come in between. */
interface Torn {
  readonly wrong: string;
  readonly notices: readonly string[];
  readonly tear: Parameters<typeof crashScenarios>[1];
}

const TORN: readonly Torn[] = [
  {
    wrong: "stores the view and then the checkpoint",
    notices: [
      "projecting",
      "projecting in partitions",
      "rebuilding in place",
      "rebuilding beside",
      "rebuilding an inline read model beside",
      "building a new version beside",
      "taking over a lease",
      "dividing the keys anew",
    ],
    tear: (store) => ({
      async applyBatch(batch) {
        await store.applyBatch({ ...batch, to: batch.from });
        await store.applyBatch({ ...batch, events: [] });
      },
    }),
  },
  {
    wrong: "moves the checkpoint and then writes the letter",
    notices: ["parking"],
    tear: (store) => ({
      async applyBatch({ poison, ...batch }) {
        await store.applyBatch(batch);
        if (poison) await store.applyBatch({ ...batch, events: [], from: batch.to, poison });
      },
    }),
  },
  {
    wrong: "applies a letter and then closes it",
    notices: ["retrying dead letters"],
    tear: (store) => ({
      async retryDeadLetter(projection, position, order) {
        const [letter] = await store.listDeadLetters(projection.name, {
          after: position - 1,
          limit: 1,
        });
        await store.retryDeadLetter(projection, position, order);
        const at = await store.loadCheckpoint(projection);
        const { event, error, attempts } = letter!;
        const poison = { event, error, attempts, policy: "park" } as const;
        await store.advance(projection, { from: at, to: at, poison });
        return store.closeDeadLetter(projection.name, position, "retried", order);
      },
    }),
  },
];

it.each(crashScenarios(open))(
  "survives a crash at every call: $name",
  { timeout: 60_000 },
  async (each) => {
    const { calls, points } = await each.sweep();
    expect(points).toHaveLength(calls * 2);
    expect(new Set(points.map(({ method }) => method)).size).toBeGreaterThan(1);
  },
);

it.each(TORN)("notices a store that $wrong", async ({ tear, notices }) => {
  const torn = crashScenarios(open, tear).filter(({ name }) => notices.includes(name));
  expect(torn).toHaveLength(notices.length);
  for (const { sweep } of torn) await expect(sweep()).rejects.toThrow(/^After a crash/);
});
