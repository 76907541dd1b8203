import type { Columns, Follower, Projection } from "@counterpoint/read-model";
import { isReadModelError, replacementOf } from "@counterpoint/read-model";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { planted, redCases, versionContract } from "@counterpoint/testing";
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

const REFUSES = "refuses whoever comes with another version";
const ANSWERS = "builds a new version beside, while the old one is kept and answers";
const STOPS = "stops workers of the old version, clearly, and lets them write nothing";

const VERSIONS: readonly Planted[] = [
  {
    wrong: "replaces an older version as soon as a newer one is prepared",
    plant: (right) => ({
      async prepare(follower, ...more) {
        await right.prepare(follower, ...more);
        if (!("columns" in follower) || (await keptBy(right, follower)) >= follower.version) return;
        await right.prepare(replacementOf(follower));
        await right.replace(follower, replacementOf(follower));
      },
    }),
    killedBy: [REFUSES],
  },
  {
    wrong: "empties the old one, and then swaps",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const version = await keptBy(right, projection);
        await right.reset({ ...projection, version }).catch(() => {});
        await nextTurn();
        await nextTurn();
        return right.replace(projection, replacement, lease);
      },
    }),
    killedBy: [ANSWERS],
  },
  {
    wrong: "lets workers of any version take a partition",
    plant: (right) => ({
      acquire: async (follower, request) =>
        right.acquire({ ...follower, version: await keptBy(right, follower) }, request),
    }),
    killedBy: [REFUSES, "lets what has no documents go on in a higher version"],
  },
  {
    wrong: "lets workers of any version write",
    plant: (right) => ({
      applyBatch: (batch) =>
        right.applyBatch(batch).catch(async (error: unknown) => {
          const { lease: _, projection, ...rest } = batch;
          const [progress] = await right.loadProgress(projection);
          if (!progress || isReadModelError(error, "HANDLER_FAILED")) throw error;
          const { version, position: from } = progress;
          await right.applyBatch({ ...rest, from, projection: { ...projection, version } });
        }),
    }),
    killedBy: [REFUSES, STOPS],
  },
  {
    wrong: "lets any version move a checkpoint",
    plant: (right) => ({
      advance: async (follower, step) =>
        right.advance({ ...follower, version: await keptBy(right, follower) }, step),
    }),
    killedBy: [REFUSES],
  },
  {
    wrong: "lets any version empty a read model",
    plant: (right) => ({
      reset: async (projection) =>
        right.reset({ ...projection, version: await keptBy(right, projection) }),
    }),
    killedBy: [REFUSES, STOPS],
  },
  {
    wrong: "goes by the checkpoint of another version",
    plant: (right) => ({
      loadCheckpoint: async (projection) =>
        right.loadCheckpoint({ ...projection, version: await keptBy(right, projection) }),
    }),
    killedBy: [REFUSES],
  },
  {
    wrong: "keeps the number of the old version after the swap",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const version = (await keptBy(right, projection)) || projection.version;
        return right.replace({ ...projection, version }, replacement, lease);
      },
    }),
    killedBy: [REFUSES],
  },
  {
    wrong: "lets an old version take the place of a newer one",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const version = Math.max(projection.version, await keptBy(right, projection));
        return right.replace({ ...projection, version }, replacement, lease);
      },
    }),
    killedBy: [REFUSES],
  },
  {
    wrong: "builds from the start when another goes on",
    plant: (right) => ({
      async prepare(follower, ...more) {
        const isBegun = (await right.loadProgress(follower)).length > 0;
        await right.prepare(follower, ...more);
        if (isBegun && "columns" in follower && /__next/.test(follower.name)) {
          await right.reset(follower);
        }
      },
    }),
    killedBy: ["is finished by another worker of its version when the one that builds it dies"],
  },
  {
    wrong: "divides a read model only when it is new",
    plant: (right) => ({
      async prepare(follower, partitions, from) {
        const { length } = await right.loadProgress(follower);
        return right.prepare(follower, length || partitions, from);
      },
    }),
    killedBy: ["divides the keys as the new version asks, without another start"],
  },
  {
    wrong: "leaves behind what was begun for versions in between",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const between = replacementOf({ ...projection, version: projection.version - 1 });
        const isBegun = (await right.loadProgress(between)).length > 0;
        const isReplaced = await right.replace(projection, replacement, lease);
        if (isBegun) await right.prepare(between);
        return isReplaced;
      },
    }),
    killedBy: ["clears away what was begun beside for versions in between"],
  },
  {
    wrong: "shows documents to whoever asks, whatever their columns are",
    plant: (right) => {
      let kept: Columns | undefined;
      return {
        async replace(projection, replacement, lease) {
          kept = projection.columns;
          return right.replace(projection, replacement, lease);
        },
        readModel: (projection) =>
          right.readModel({ ...projection, columns: kept ?? projection.columns }),
      };
    },
    killedBy: [
      "answers readers of another version where it has all that they expect, and says where it has not",
    ],
  },
  {
    wrong: "sets a reaction back to the start with each version",
    plant: (right) => ({
      loadProgress: async (follower) =>
        (await right.loadProgress(follower)).map((progress) => ({
          ...progress,
          position: progress.version > 1 && follower.name === "followed" ? 0 : progress.position,
        })),
    }),
    killedBy: ["lets what has no documents go on in a higher version"],
  },
];

it("finds nothing wrong with the adapter that is right", async () => {
  expect(await redCases(versionContract(open))).toEqual([]);
});

it.each(VERSIONS)("notices a store that $wrong", async ({ plant, killedBy }) => {
  const cases = versionContract(planted(open, plant));
  const red = await redCases(cases.filter(({ name }) => killedBy.includes(name))); // others may wait for ever
  expect([...red].sort()).toEqual([...killedBy].sort());
});

/** The version that a store has; 0 when it has none. */
async function keptBy(store: StorePorts, follower: Pick<Follower | Projection, "name">) {
  return (await store.loadProgress(follower))[0]?.version ?? 0;
}
