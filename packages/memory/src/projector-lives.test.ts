import type { Lease, ProjectionBatch } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { planted, projectorModel } from "@counterpoint/testing";
import { expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const open: OpenStore<StorePorts> = async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
});

/** A wrong adapter, and under which policy a life shows it. */
interface Planted {
  readonly wrong: string;
  readonly policy: "stop" | "park" | "skip";
  readonly plant: Plant<StorePorts>;
}

const PLANTED: readonly Planted[] = [
  {
    wrong: "checks neither epoch nor checkpoint",
    policy: "stop",
    plant: (right) => ({
      applyBatch: (batch) =>
        right.applyBatch(batch).catch(async (error: unknown) => {
          const isLate = isReadModelError(error, "FENCED");
          if (!isLate && !isReadModelError(error, "CHECKPOINT_MOVED")) throw error;
          const from = await right.loadCheckpoint(batch.projection);
          await right.applyBatch(withoutLease({ ...batch, from, to: from }));
        }),
    }),
  },
  {
    wrong: "forgets what waits behind a parked event",
    policy: "park",
    plant: (right) => ({
      async applyBatch(batch) {
        await right.applyBatch(batch);
        for (const { position, reason } of await right.listDeadLetters(batch.projection.name)) {
          if (reason !== "behind") continue;
          await right.closeDeadLetter(batch.projection.name, position, "discarded");
        }
      },
    }),
  },
  {
    wrong: "closes letters without applying them",
    policy: "skip",
    plant: (right) => ({
      retryDeadLetter: ({ name }, position, order) =>
        right.closeDeadLetter(name, position, "retried", order),
    }),
  },
  {
    wrong: "leaves out what lags when the keys are divided anew",
    policy: "stop",
    plant: (right) => ({
      prepare: (follower, partitions, from) =>
        right.prepare(
          "columns" in follower ? { ...follower, apply: () => undefined } : follower,
          partitions,
          from,
        ),
    }),
  },
  {
    wrong: "loses the tail when it replaces",
    policy: "park",
    plant: (right) => ({
      replace: (projection, replacement, lease) =>
        right.replace(projection, { ...replacement, apply: () => undefined }, lease),
    }),
  },
];

it.each(projectorModel(open))(
  "$name",
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  },
  60_000,
);

it.each(PLANTED)(
  "notices by random lives a store that $wrong",
  async ({ plant, policy }) => {
    const lives = projectorModel(planted(open, plant), { numRuns: 1_000, shrinks: false });
    const meant = lives.find(({ name }) => name.endsWith(policy));
    await expect(meant!.run()).rejects.toThrow("Property failed");
  },
  60_000,
);

function withoutLease({ lease: _, ...batch }: ProjectionBatch & { readonly lease?: Lease }) {
  return batch;
}
