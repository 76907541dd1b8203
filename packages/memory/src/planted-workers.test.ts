import type {
  Lease,
  PartitionProgress,
  Projection,
  ProjectionBatch,
} from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import type { ContractCase, OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import {
  deadLetterContract,
  partitionsContract,
  planted,
  progressStoreContract,
  redCases,
  replaceContract,
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

const ZOMBIE = "lets a zombie change nothing";
const FAR_MS = 1e12;

const LEASES: readonly Planted[] = [
  {
    wrong: "checks no epoch when it applies a batch",
    plant: (right) => ({
      applyBatch: (batch) => right.applyBatch(batch).catch(ifFenced(() => unleased(right, batch))),
    }),
    killedBy: [ZOMBIE],
  },
  {
    wrong: "checks no epoch when it moves a checkpoint",
    plant: (right) => ({
      advance: (follower, step) =>
        right
          .advance(follower, step)
          .catch(ifFenced(() => right.advance(follower, withoutLease(step)))),
    }),
    killedBy: [
      ZOMBIE,
      "fences off the former self of an owner who takes a partition again",
      "refuses who goes on under a lease that was given back",
    ],
  },
  {
    wrong: "checks no epoch when it halts",
    plant: (right) => byCurrent(right, "halt"),
    killedBy: [ZOMBIE],
  },
  {
    wrong: "checks no epoch when it prolongs a lease",
    plant: (right) => byCurrent(right, "renew"),
    killedBy: [ZOMBIE, "says that a lease is lost instead of prolonging it"],
  },
  {
    wrong: "checks no epoch when a lease is given back",
    plant: (right) => byCurrent(right, "release"),
    killedBy: [ZOMBIE],
  },
  {
    wrong: "begins no new epoch",
    plant: (right) => ({
      acquire: async (follower, request) => {
        const lease = await right.acquire(follower, request);
        return lease && { ...lease, epoch: 1 };
      },
    }),
    killedBy: ["begins a new epoch with each lease"],
  },
  {
    wrong: "never lets a lease run out",
    plant: (right) => ({
      acquire: (follower, request) => right.acquire(follower, { ...request, leaseMs: FAR_MS }),
    }),
    killedBy: ["hands a partition over when the lease has run out, and not before", ZOMBIE],
  },
  {
    wrong: "lets leases run out at once",
    plant: (right) => ({
      acquire: (follower, request) => right.acquire(follower, { ...request, leaseMs: 1 }),
    }),
    killedBy: ["hands a partition over when the lease has run out, and not before"],
  },
  {
    wrong: "gives a partition to whoever asks",
    plant: (right) => {
      let held: Lease | undefined;
      return {
        async acquire(follower, request) {
          if (held) await right.release(held);
          held = await right.acquire(follower, request);
          return held;
        },
      };
    },
    killedBy: ["gives a partition to one owner at a time"],
  },
  {
    wrong: "looks and takes in two steps",
    plant: (right) => {
      let held: Lease | undefined;
      return {
        async acquire(follower, request) {
          const [progress] = await right.loadProgress(follower);
          await nextTurn();
          if (!progress || progress.owner !== undefined) return right.acquire(follower, request);
          if (held) await right.release(held);
          held = await right.acquire(follower, request);
          return held;
        },
      };
    },
    killedBy: ["gives a partition to exactly one of many who ask at once"],
  },
  {
    wrong: "does not prolong a lease but says so",
    plant: (right) => ({
      async renew(lease) {
        const [progress] = await right.loadProgress(lease);
        return progress?.epoch === lease.epoch ? lease : undefined;
      },
    }),
    killedBy: ["prolongs a lease"],
  },
  {
    wrong: "prolongs no lease that has run out",
    plant: (right) => ({
      async renew(lease, leaseMs) {
        const progress = await right.loadProgress(lease);
        return progress[lease.partition]?.owner === undefined
          ? undefined
          : right.renew(lease, leaseMs);
      },
    }),
    killedBy: ["prolongs a lease that has run out as long as nobody has taken it"],
  },
  {
    wrong: "prolongs leases from a position that has passed",
    plant: (right) => ({
      async renew(lease, leaseMs) {
        const renewed = await right.renew(lease, leaseMs);
        return renewed && { ...renewed, position: lease.position };
      },
    }),
    killedBy: ["prolongs a lease that has run out as long as nobody has taken it"],
  },
  {
    wrong: "keeps what was given back",
    plant: () => ({ release: async () => {} }),
    killedBy: ["hands over at once what was given back"],
  },
  {
    wrong: "lets an owner not take again what it holds",
    plant: (right) => ({
      async acquire(follower, request) {
        const progress = await right.loadProgress(follower);
        return progress[request.partition]?.owner === undefined
          ? right.acquire(follower, request)
          : undefined;
      },
    }),
    killedBy: ["begins a new epoch with each lease"],
  },
  {
    wrong: "makes followers up that were never prepared",
    plant: (right) => ({
      async acquire(follower, request) {
        if ((await right.loadProgress(follower)).length === 0) {
          await right.prepare({ keyOf: () => "", ...follower });
        }
        return right.acquire(follower, request);
      },
    }),
    killedBy: ["hands out no lease on what does not exist"],
  },
  {
    wrong: "does not tell who holds a partition",
    plant: progressAs(({ owner: _, ...rest }) => rest),
    killedBy: ["tells who holds which partition, as long as the lease is good"],
  },
  {
    wrong: "does not tell a new owner why it was halted",
    plant: (right) => ({
      async acquire(follower, request) {
        const lease = await right.acquire(follower, request);
        if (!lease) return undefined;
        const { halted: _, ...rest } = lease;
        return rest;
      },
    }),
    killedBy: [
      "tells with a lease how far the partition is, of how many it is one, and why it was halted",
    ],
  },
  {
    wrong: "moves a checkpoint wherever it is",
    plant: (right) => ({
      async advance(follower, step) {
        const progress = await right.loadProgress(follower);
        const from = progress[step.lease?.partition ?? 0]!.position;
        await right.advance(follower, { ...step, from });
      },
    }),
    killedBy: ["moves a checkpoint by compare-and-swap"],
  },
  {
    wrong: "compares and swaps in two steps",
    plant: (right) => ({
      async advance(follower, step) {
        const positionOf = async () =>
          (await right.loadProgress(follower))[step.lease?.partition ?? 0]!.position;
        if ((await positionOf()) !== step.from) return right.advance(follower, step);
        await nextTurn();
        return right.advance(follower, { ...step, from: await positionOf() });
      },
    }),
    killedBy: ["moves a checkpoint once when two move it at the same time"],
  },
  {
    wrong: "has one checkpoint for all partitions",
    plant: (right) => ({
      acquire: (follower, request) => right.acquire(follower, { ...request, partition: 0 }),
    }),
    killedBy: ["keeps the checkpoints of partitions and of followers apart"],
  },
  {
    wrong: "takes the furthest partition for the checkpoint",
    plant: (right) => ({
      loadCheckpoint: async (projection) =>
        Math.max(0, ...(await right.loadProgress(projection)).map(({ position }) => position)),
    }),
    killedBy: ["takes the lowest of its partitions for the checkpoint of a read model"],
  },
  {
    wrong: "does not remember halts",
    plant: () => ({ halt: async () => {} }),
    killedBy: ["halts one partition for every process to see, until all may go on"],
  },
  {
    wrong: "never lets go on what was halted",
    plant: () => ({ clearHalt: async () => {} }),
    killedBy: ["halts one partition for every process to see, until all may go on"],
  },
  {
    wrong: "forgets halts when it is prepared again",
    plant: (right) => ({
      async prepare(follower, partitions, from) {
        await right.prepare(follower, partitions, from);
        await right.clearHalt(follower);
      },
    }),
    killedBy: ["halts one partition for every process to see, until all may go on"],
  },
  {
    wrong: "always begins at the start of the log",
    plant: (right) => ({ prepare: (follower, partitions) => right.prepare(follower, partitions) }),
    killedBy: ["begins at the start of the log, or behind what it holds by now, and only once"],
  },
  {
    wrong: "begins anew with each preparation",
    plant: (right) => ({
      async prepare(follower, partitions = 1, from = "start") {
        await right.prepare(follower, partitions + 1, from);
        await right.prepare(follower, partitions, from);
      },
    }),
    killedBy: ["prepares once when many prepare at once"],
  },
  {
    wrong: "lets a reaction have the name of a read model",
    plant: (right) => ({
      prepare: (follower, partitions, from) =>
        right.prepare(follower, partitions, from).catch((error: unknown) => {
          if (!(error instanceof TypeError)) throw error;
        }),
    }),
    killedBy: ["gives no read model and reaction the same name"],
  },
  {
    wrong: "leaves leases good when a read model is emptied",
    plant: (right) => ({
      applyBatch: (batch) => right.applyBatch(batch).catch(ifFenced(() => unleased(right, batch))),
      async renew(lease, leaseMs) {
        return (await right.renew(lease, leaseMs)) ?? lease;
      },
    }),
    killedBy: ["fences everybody off when a read model is emptied"],
  },
  {
    wrong: "keeps what was halted halted when a read model is emptied",
    plant: (right) => ({
      async reset(projection) {
        const [before] = await right.loadProgress(projection);
        await right.reset(projection);
        if (before?.halted === undefined) return;
        const request = { partition: 0, owner: "planted", leaseMs: 1 };
        await right.halt((await right.acquire(projection, request))!, before.halted);
      },
    }),
    killedBy: ["lets go on what was halted when a read model is emptied"],
  },
];

const PARTITIONS: readonly Planted[] = [
  {
    wrong: "leaves out what lags",
    plant: dividing((projection) => ({ ...projection, apply: () => undefined })),
    killedBy: ["brings forward what lags, so that all begin at the furthest position"],
  },
  {
    wrong: "applies twice what lags",
    plant: dividing(twice),
    killedBy: ["brings forward what lags, so that all begin at the furthest position"],
  },
  {
    wrong: "divides although an event cannot be applied",
    plant: (right) => ({
      prepare: (follower, partitions, from) =>
        right.prepare(follower, partitions, from).catch(async (error: unknown) => {
          if ("columns" in follower) await right.prepare(tolerant(follower), partitions);
          throw error;
        }),
    }),
    killedBy: ["changes nothing when what lags cannot be brought forward"],
  },
  {
    wrong: "fences nobody off when the keys are divided anew",
    plant: (right) => ({
      applyBatch: (batch) => right.applyBatch(batch).catch(ifFenced(() => unleased(right, batch))),
    }),
    killedBy: ["takes all leases away when the keys are divided anew"],
  },
  {
    wrong: "takes reactions forward over what they have not seen",
    plant: (right) => ({
      async prepare(follower, partitions = 1, from = "start") {
        const before = await right.loadProgress(follower);
        await right.prepare(follower, partitions, from);
        if (before.length === 0 || "columns" in follower) return;
        const to = Math.max(...before.map(({ position }) => position));
        for (let partition = 0; partition < partitions; partition++) {
          const request = { partition, owner: "planted", leaseMs: 1 };
          const lease = (await right.acquire(follower, request))!;
          await right.advance(follower, { from: lease.position, to, lease });
        }
      },
    }),
    killedBy: ["takes back to the least position what has no documents"],
  },
  {
    wrong: "forgets what is parked when the keys are divided anew",
    plant: (right) => ({
      async prepare(follower, partitions, from) {
        await discardAll(right, follower.name);
        await right.prepare(follower, partitions, from);
      },
    }),
    killedBy: ["sets aside what is brought forward behind a parked key"],
  },
];

const LETTERS: readonly Planted[] = [
  {
    wrong: "moves the checkpoint and forgets the letter",
    plant: (right) => ({
      advance: (follower, { poison: _, ...step }) => right.advance(follower, step),
      applyBatch: ({ poison: _, ...batch }) => right.applyBatch(batch),
    }),
    killedBy: [
      "keeps what was set aside, with everything that is to be known about it",
      "sets an event aside and moves the checkpoint, both or neither",
    ],
  },
  {
    wrong: "writes the letter although the checkpoint does not move",
    plant: (right) => ({
      advance: (follower, step) =>
        right.advance(follower, step).catch(async (error: unknown) => {
          const [at] = await right.loadProgress(follower);
          const { poison } = step;
          const stay = { from: at!.position, to: at!.position };
          if (poison) await right.advance(follower, { ...stay, poison });
          throw error;
        }),
    }),
    killedBy: ["sets an event aside and moves the checkpoint, both or neither"],
  },
  {
    wrong: "writes the letter and leaves the checkpoint",
    plant: (right) => ({
      applyBatch: (batch) => right.applyBatch(batch.poison ? { ...batch, to: batch.from } : batch),
    }),
    killedBy: ["sets an event aside and moves the checkpoint, both or neither"],
  },
  {
    wrong: "parks what is to be skipped",
    plant: settingAside(() => "park"),
    killedBy: ["goes on with the key of an event that is skipped"],
  },
  {
    wrong: "forgets that a key is parked",
    plant: (right) => ({
      ...settingAside(() => "skip")(right, {}),
      async listDeadLetters(name, options) {
        const letters = await right.listDeadLetters(name, options);
        return letters.map((letter) => ({ ...letter, reason: "parked" }));
      },
    }),
    killedBy: [
      "lets later events of a parked key wait, and others go on",
      "remembers over batches and processes which keys are parked",
    ],
  },
  {
    wrong: "loses what waits behind a parked event",
    plant: (right) => ({
      async applyBatch(batch) {
        await right.applyBatch(batch);
        for (const { position, reason } of await right.listDeadLetters(batch.projection.name)) {
          if (reason !== "behind") continue;
          await right.closeDeadLetter(batch.projection.name, position, "discarded");
        }
      },
    }),
    killedBy: ["lets later events of a parked key wait, and others go on"],
  },
  {
    wrong: "says of no key that it is parked",
    plant: () => ({ parkedKeys: async () => [] }),
    killedBy: ["remembers over batches and processes which keys are parked"],
  },
  {
    wrong: "says of every key that it is parked",
    plant: () => ({ parkedKeys: async (_, keys) => keys }),
    killedBy: [
      "remembers over batches and processes which keys are parked",
      "lets nothing wait behind an event whose key cannot be told",
    ],
  },
  {
    wrong: "writes a letter anew for the same position",
    plant: (right) => ({
      async advance(follower, step) {
        const { poison } = step;
        if (poison) {
          await right.closeDeadLetter(follower.name, poison.event.position, "discarded");
        }
        await right.advance(follower, step);
      },
    }),
    killedBy: ["keeps one letter for a position, as it was first"],
  },
  {
    wrong: "ignores the limit of a list",
    plant: listing(({ limit: _, ...options }) => options),
    killedBy: ["lists letters in the order of positions, page by page and key by key"],
  },
  {
    wrong: "ignores where a list is to begin",
    plant: listing(({ after: _, ...options }) => options),
    killedBy: ["lists letters in the order of positions, page by page and key by key"],
  },
  {
    wrong: "ignores the key of a list",
    plant: listing(({ key: _, ...options }) => options),
    killedBy: ["lists letters in the order of positions, page by page and key by key"],
  },
  {
    wrong: "lists the latest letters first",
    plant: (right) => ({
      listDeadLetters: async (name, options) =>
        (await right.listDeadLetters(name, options)).toReversed(),
    }),
    killedBy: ["lists letters in the order of positions, page by page and key by key"],
  },
  {
    wrong: "closes a retried letter without applying it",
    plant: (right) => ({
      retryDeadLetter: ({ name }, position, order) =>
        right.closeDeadLetter(name, position, "retried", order),
    }),
    killedBy: [
      "applies a letter and closes it, and frees the key with the last",
      "leaves letter and documents when a retry fails again",
    ],
  },
  {
    wrong: "applies a retried letter without closing it",
    plant: (right) => ({
      async retryDeadLetter(projection, position, order) {
        const [letter] = await right.listDeadLetters(projection.name, {
          after: position - 1,
          limit: 1,
        });
        const done = await right.retryDeadLetter(projection, position, order);
        if (!done || !letter) return done;
        const [at] = await right.loadProgress(projection);
        const { event, error, attempts } = letter;
        const poison = { event, error, attempts, policy: "park" } as const;
        await right.advance(projection, { from: at!.position, to: at!.position, poison });
        return done;
      },
    }),
    killedBy: ["applies a letter and closes it, and frees the key with the last"],
  },
  {
    wrong: "closes a letter whose retry has failed",
    plant: (right) => ({
      retryDeadLetter: (projection, position, order) =>
        right.retryDeadLetter(projection, position, order).catch(async (error: unknown) => {
          if (isReadModelError(error, "HANDLER_FAILED")) {
            await right.closeDeadLetter(projection.name, position, "retried");
          }
          throw error;
        }),
    }),
    killedBy: ["leaves letter and documents when a retry fails again"],
  },
  {
    wrong: "retries letters in any order",
    plant: (right) => ({
      retryDeadLetter: (projection, position, order) =>
        right.retryDeadLetter(projection, position, order).catch(async (error: unknown) => {
          if (!isReadModelError(error, "OUT_OF_ORDER")) throw error;
          return true;
        }),
    }),
    killedBy: ["retries nothing that waits behind an older letter of its key"],
  },
  {
    wrong: "lets skipped letters hold up those behind them",
    plant: (right) => ({
      async retryDeadLetter(projection, position, order) {
        const [first] = await right.listDeadLetters(projection.name, { limit: 1 });
        if (first && first.position < position) {
          const older = first.position + 1;
          return right.retryDeadLetter(projection, older, order);
        }
        return right.retryDeadLetter(projection, position, order);
      },
    }),
    killedBy: ["retries skipped letters in any order, and lets none wait behind them"],
  },
  {
    wrong: "applies a letter to no document",
    plant: (right) => ({
      retryDeadLetter: (projection, position, order) =>
        right.retryDeadLetter(
          { ...projection, apply: (_, event) => projection.apply(undefined, event) },
          position,
          order,
        ),
    }),
    killedBy: ["applies a repaired event to the documents as they are by then"],
  },
  {
    wrong: "says of every retry that it was done",
    plant: (right) => ({
      async retryDeadLetter(projection, position, order) {
        await right.retryDeadLetter(projection, position, order);
        return true;
      },
    }),
    killedBy: [
      "applies a letter once when two retry it at the same time",
      "retries nothing that is not there",
    ],
  },
  {
    wrong: "looks for a letter and applies it in two steps",
    plant: (right) => ({
      async retryDeadLetter(projection, position, order) {
        const [letter] = await right.listDeadLetters(projection.name, {
          after: position - 1,
          limit: 1,
        });
        if (letter?.position !== position) return false;
        await nextTurn();
        await right.retryDeadLetter(projection, position, order);
        return true;
      },
    }),
    killedBy: ["applies a letter once when two retry it at the same time"],
  },
  {
    wrong: "discards without saying so",
    plant: (right) => ({
      closeDeadLetter: (name, position, _act, order) =>
        right.closeDeadLetter(name, position, "retried", order),
    }),
    killedBy: ["gives a letter up for a reason"],
  },
  {
    wrong: "does not write down who, and why",
    plant: (right) => ({
      closeDeadLetter: (name, position, act) => right.closeDeadLetter(name, position, act),
      retryDeadLetter: (projection, position) => right.retryDeadLetter(projection, position),
    }),
    killedBy: [
      "gives a letter up for a reason",
      "applies a letter and closes it, and frees the key with the last",
    ],
  },
  {
    wrong: "does not note that a retry has failed",
    plant: () => ({ noteFailedRetry: async () => {} }),
    killedBy: ["notes a failed retry, and with what it failed"],
  },
  {
    wrong: "keeps the last act alone",
    plant: (right) => ({
      listDeadLetterActs: async (name, options) =>
        (await right.listDeadLetterActs(name, options)).slice(-1),
    }),
    killedBy: ["writes down what was done, oldest first, and forgets nothing"],
  },
  {
    wrong: "forgets acts when a read model is emptied",
    plant: (right) => {
      const forgotten = new Set<string>();
      return {
        async reset(projection) {
          await right.reset(projection);
          forgotten.add(projection.name);
        },
        listDeadLetterActs: async (name, options) =>
          forgotten.has(name) ? [] : right.listDeadLetterActs(name, options),
      };
    },
    killedBy: [
      "writes down what was done, oldest first, and forgets nothing",
      "clears letters when a read model is emptied, and writes that down",
    ],
  },
  {
    wrong: "keeps letters when a read model is emptied",
    plant: (right) => ({
      async reset(projection) {
        const letters = await right.listDeadLetters(projection.name);
        await right.reset(projection);
        for (const { event, error, attempts } of letters) {
          const poison = { event, error, attempts, policy: "park" } as const;
          await right.advance(projection, { from: 0, to: 0, poison });
        }
      },
    }),
    killedBy: ["clears letters when a read model is emptied, and writes that down"],
  },
  {
    wrong: "counts the letters of everybody",
    plant: (right) => {
      const names = new Set<string>();
      return {
        async advance(follower, step) {
          names.add(follower.name);
          await right.advance(follower, step);
        },
        async countDeadLetters() {
          let count = 0;
          for (const name of names) count += await right.countDeadLetters(name);
          return count;
        },
      };
    },
    killedBy: ["keeps the letters of several followers apart"],
  },
  {
    wrong: "hands out the letters that it keeps",
    plant: (right) => {
      const kept = new Map<string, ReturnType<StorePorts["listDeadLetters"]>>();
      return {
        listDeadLetters(name, options) {
          const key = JSON.stringify([name, options]);
          const letters = kept.get(key) ?? right.listDeadLetters(name, options);
          kept.set(key, letters);
          return letters;
        },
      };
    },
    killedBy: ["shares no letter with its caller"],
  },
  {
    wrong: "moves a reaction on although nothing is parked any more",
    plant: (right) => ({
      advance: (follower, step) =>
        right.advance(follower, step).catch(async (error: unknown) => {
          if (!isReadModelError(error, "DEAD_LETTER_NOT_FOUND")) throw error;
          const { poison: _, ...rest } = step;
          await right.advance(follower, rest);
        }),
    }),
    killedBy: ["sets a reaction's event behind a parked one only while there is one"],
  },
];

const REPLACE: readonly Planted[] = [
  {
    wrong: "loses the tail",
    plant: replacing((projection) => ({ ...projection, apply: () => undefined })),
    killedBy: [
      "brings the replacement forward to where the old read model was",
      "brings the partitions of the replacement forward, each from where it is",
      "brings the replacement of an inline read model to the head of the log",
    ],
  },
  {
    wrong: "applies the tail twice",
    plant: replacing(twice),
    killedBy: ["brings the replacement forward to where the old read model was"],
  },
  {
    wrong: "passes over events on the way that cannot be applied",
    plant: replacing(tolerant),
    killedBy: [
      "changes nothing when an event on the way cannot be applied",
      "changes nothing inline when an event on the way cannot be applied",
    ],
  },
  {
    wrong: "keeps the old documents",
    plant: () => ({ replace: async () => true }),
    killedBy: ["puts new documents in the place of old ones"],
  },
  {
    wrong: "says that it has replaced what was not there",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        await right.replace(projection, replacement, lease);
        return true;
      },
    }),
    killedBy: [
      "replaces nothing with what was never begun",
      "is done once when two do it at the same time",
    ],
  },
  {
    wrong: "lets a zombie replace",
    plant: (right) => ({
      replace: (projection, replacement) => right.replace(projection, replacement),
    }),
    killedBy: [
      "lets only the worker replace who holds the replacement",
      "leaves nothing of the replacement behind",
    ],
  },
  {
    wrong: "keeps the replacement",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const done = await right.replace(projection, replacement, lease);
        if (done) await right.prepare(replacement);
        return done;
      },
    }),
    killedBy: ["leaves nothing of the replacement behind"],
  },
  {
    wrong: "loses the letters of the replacement",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const done = await right.replace(projection, replacement, lease);
        await discardAll(right, projection.name);
        return done;
      },
    }),
    killedBy: ["takes the letters of the replacement along, and clears the old ones"],
  },
  {
    wrong: "removes the old documents before it puts the new ones there",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const progress = await right.loadProgress(replacement);
        if (progress.length > 0) await right.reset(projection).catch(() => {});
        await nextTurn();
        return right.replace(projection, replacement, lease);
      },
    }),
    killedBy: [
      "shows readers the old documents or the new ones, and never some of both",
      "changes nothing when an event on the way cannot be applied",
    ],
  },
  {
    wrong: "puts all keys into one partition",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const done = await right.replace(projection, replacement, lease);
        await right.prepare(projection).catch(() => {});
        return done;
      },
    }),
    killedBy: ["lets all partitions begin where the replacement is, under new leases"],
  },
  {
    wrong: "replaces an inline read model by what was there a moment ago",
    plant: (right) => ({
      async replace(projection, replacement, lease) {
        const head = await right.head();
        await nextTurn();
        const blind: Projection = {
          ...replacement,
          apply: (row, event) =>
            event.position > head ? undefined : replacement.apply(row, event),
        };
        return right.replace(projection, blind, lease);
      },
    }),
    killedBy: ["loses nothing that is appended while an inline read model is replaced"],
  },
];

it.each([
  ["progress store", progressStoreContract, LEASES],
  ["partitions", partitionsContract, PARTITIONS],
  ["dead letters", deadLetterContract, LETTERS],
  ["replacing", replaceContract, REPLACE],
] as const)("finds nothing wrong with a right adapter: %s", async (_, contract, plants) => {
  expect(await redCases(contract(open))).toEqual([]);
  expect(plants.length).toBeGreaterThan(0);
});

it.each(LEASES)("notices a progress store that $wrong", async (planted) => {
  await expectNoticed(progressStoreContract, planted);
});

it.each(PARTITIONS)("notices a store that $wrong", async (planted) => {
  await expectNoticed(partitionsContract, planted);
});

it.each(LETTERS)("notices a store that $wrong", async (planted) => {
  await expectNoticed(deadLetterContract, planted);
});

it.each(REPLACE)("notices a store that $wrong", async (planted) => {
  await expectNoticed(replaceContract, planted);
});

async function expectNoticed(
  contract: (open: OpenStore<StorePorts>) => readonly ContractCase[],
  { plant, killedBy }: Planted,
): Promise<void> {
  const meant = contract(planted(open, plant)).filter(({ name }) => killedBy.includes(name));
  expect(await redCases(meant)).toEqual(expect.arrayContaining([...killedBy]));
}

function ifFenced<T>(otherwise: () => Promise<T>): (error: unknown) => Promise<T> {
  return (error) => {
    if (isReadModelError(error, "FENCED")) return otherwise();
    throw error;
  };
}

function withoutLease<T extends { readonly lease?: Lease }>({ lease: _, ...rest }: T) {
  return rest;
}

/** Applies a batch as a single writer may. */
function unleased(right: StorePorts, batch: ProjectionBatch): Promise<void> {
  return right.applyBatch(withoutLease(batch) as ProjectionBatch);
}

/** Takes whoever comes for the one who holds the lease. */
function byCurrent(right: StorePorts, method: "halt" | "renew" | "release"): Partial<StorePorts> {
  let current: Lease | undefined;
  const instead = (lease: Lease): Lease => (current?.name === lease.name ? current : lease);
  const all: Pick<StorePorts, typeof method> = {
    halt: (lease, reason) => right.halt(instead(lease), reason),
    renew: (lease, leaseMs) => right.renew(instead(lease), leaseMs),
    release: (lease) => right.release(instead(lease)),
  };
  return {
    [method]: all[method],
    async acquire(follower, request) {
      const lease = await right.acquire(follower, request);
      current = lease ?? current;
      return lease;
    },
  };
}

function progressAs(change: (one: PartitionProgress) => PartitionProgress): Plant<StorePorts> {
  return (right) => ({
    loadProgress: async (follower) => (await right.loadProgress(follower)).map(change),
  });
}

/** Changes how events are folded when the keys are divided anew. */
function dividing(change: (projection: Projection) => Projection): Plant<StorePorts> {
  return (right) => ({
    prepare: (follower, partitions, from) =>
      right.prepare("columns" in follower ? change(follower) : follower, partitions, from),
  });
}

/** Changes how the tail is folded when a read model is replaced. */
function replacing(change: (projection: Projection) => Projection): Plant<StorePorts> {
  return (right) => ({
    replace: (projection, replacement, lease) =>
      right.replace(projection, change(replacement), lease),
  });
}

function twice(projection: Projection): Projection {
  return {
    ...projection,
    apply: (row, event) => projection.apply(projection.apply(row, event) ?? undefined, event),
  };
}

function tolerant(projection: Projection): Projection {
  return {
    ...projection,
    apply(row, event) {
      try {
        return projection.apply(row, event);
      } catch {
        return undefined;
      }
    },
  };
}

function settingAside(change: () => "park" | "skip"): Plant<StorePorts> {
  return (right) => ({
    advance: (follower, { poison, ...step }) =>
      right.advance(follower, {
        ...step,
        ...(poison && { poison: { ...poison, policy: change() } }),
      }),
  });
}

type Listed = NonNullable<Parameters<StorePorts["listDeadLetters"]>[1]>;

function listing(change: (options: Listed) => Listed): Plant<StorePorts> {
  return (right) => ({
    listDeadLetters: (name, options = {}) => right.listDeadLetters(name, change(options)),
  });
}

async function discardAll(right: StorePorts, name: string): Promise<void> {
  for (const { position } of await right.listDeadLetters(name)) {
    await right.closeDeadLetter(name, position, "discarded");
  }
}
