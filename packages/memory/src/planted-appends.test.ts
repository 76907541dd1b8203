import type { StreamAppend } from "@counterpoint/events";
import { checkVersion } from "@counterpoint/events";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { eventStoreContract, planted, redCases } from "@counterpoint/testing";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

type Append = StreamAppend | readonly StreamAppend[];

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

const PLANTS: readonly Planted[] = [
  {
    wrong: "checks no version",
    plant: appending((append) => ({ ...append, expectedVersion: "any" })),
    killedBy: [
      "refuses expected version none for a stream at version 3",
      "refuses expected version 2 for a stream at version 3",
      "refuses expected version exists for a stream that does not exist",
      "lets exactly one of two concurrent creates win",
      "lets exactly one of two concurrent writers at the same version win",
    ],
  },
  {
    wrong: "checks versions outside of the transaction",
    plant: (right) => ({
      async append(append) {
        for (const { stream, expectedVersion = "any" } of listed(append)) {
          checkVersion(stream, expectedVersion, (await right.readStream(stream)).length);
        }
        await nextTurn();
        return right.append(relaxed(append));
      },
    }),
    killedBy: [
      "lets exactly one of two concurrent creates win",
      "lets exactly one of two concurrent writers at the same version win",
      "lets exactly one of two concurrent appends to crossing streams win, without a deadlock",
    ],
  },
  {
    wrong: "does not enforce that a stream is absent",
    plant: appending(({ expectedVersion = "any", ...append }) => ({
      ...append,
      expectedVersion: expectedVersion === "none" ? "any" : expectedVersion,
    })),
    killedBy: [
      "refuses expected version none for a stream at version 3",
      "lets exactly one of two concurrent creates win",
    ],
  },
  {
    wrong: "takes expected version 0 for none given",
    plant: appending((append) => ({ ...append, expectedVersion: append.expectedVersion || "any" })),
    killedBy: ["refuses expected version 0 for a stream at version 3"],
  },
  {
    wrong: "takes exists for any",
    plant: appending(({ expectedVersion = "any", ...append }) => ({
      ...append,
      expectedVersion: expectedVersion === "exists" ? "any" : expectedVersion,
    })),
    killedBy: ["refuses expected version exists for a stream that does not exist"],
  },
  {
    wrong: "lets a stale writer pass that appends more events than it missed",
    plant: (right) => ({
      async append(append) {
        const relaxed = await Promise.all(
          listed(append).map(async (each) => {
            const { length } = await right.readStream(each.stream);
            const { expectedVersion: expected, events } = each;
            const passes = typeof expected === "number" && expected + events.length > length;
            return passes && expected > 0 && expected < length
              ? { ...each, expectedVersion: length }
              : each;
          }),
        );
        return right.append(relaxed);
      },
    }),
    killedBy: ["keeps out a stale writer that appends more events than it missed"],
  },
  {
    wrong: "reports conflicts to writers that expect any version",
    plant: (right) => ({
      async append(append) {
        const pinned: StreamAppend[] = [];
        for (const each of listed(append)) {
          const { length } = await right.readStream(each.stream);
          const { expectedVersion = "any" } = each;
          pinned.push({
            ...each,
            expectedVersion: expectedVersion === "any" ? length : expectedVersion,
          });
        }
        await nextTurn();
        return right.append(pinned);
      },
    }),
    killedBy: [
      "never reports a conflict when any version is expected",
      "says created to exactly one of many concurrent first appends",
    ],
  },
  {
    wrong: "appends to several streams one after the other",
    plant: (right) => ({
      async append(append) {
        const results = [];
        for (const each of listed(append)) results.push(await right.append(each));
        const last = results.at(-1) ?? (await right.append(append));
        return {
          ...last,
          events: results.flatMap(({ events }) => events),
          streams: results.flatMap(({ streams }) => streams),
        };
      },
    }),
    killedBy: [
      "writes to none of several streams when one is not as expected",
      "refuses a stream that is named twice",
    ],
  },
  {
    wrong: "checks the first of several streams alone",
    plant: (right) => ({
      append: async (append) => {
        const [first, ...others] = listed(append);
        if (!first) return right.append(append);
        return right.append([
          first,
          ...others.map((each) => ({ ...each, expectedVersion: "any" }) as const),
        ]);
      },
    }),
    killedBy: ["writes to none of several streams when one is not as expected"],
  },
  {
    wrong: "always says created",
    plant: (right) => ({
      async append(append) {
        const result = await right.append(append);
        return { ...result, streams: result.streams.map((each) => ({ ...each, created: true })) };
      },
    }),
    killedBy: [
      "says created for the first append to a stream only",
      "says created to exactly one of many concurrent first appends",
      "accepts expected version any for a stream at version 3",
    ],
  },
  {
    wrong: "leaves a stream behind when an append fails",
    plant: (right) => {
      const ghosts = new Set<string>();
      return {
        async append(append) {
          try {
            const result = await right.append(append);
            return {
              ...result,
              streams: result.streams.map((each) =>
                ghosts.has(each.stream) ? { ...each, created: false } : each,
              ),
            };
          } catch (error) {
            for (const { stream } of listed(append)) ghosts.add(stream);
            throw error;
          }
        },
      };
    },
    killedBy: ["leaves no stream after a first append that failed"],
  },
  {
    wrong: "leaves the event of an append that failed",
    plant: (right) => ({
      append: (append) =>
        right.append(append).catch(async (error: unknown) => {
          await right.append(relaxed(append)).catch(() => {});
          throw error;
        }),
    }),
    killedBy: [
      "refuses expected version none for a stream at version 3",
      "leaves no gap in the versions after an append that failed",
      "keeps out a stale writer that appends more events than it missed",
    ],
  },
  {
    wrong: "accepts an append without events",
    plant: (right) => ({
      async append(append) {
        const appends = listed(append).filter(({ events }) => events.length > 0);
        if (appends.length > 0) return right.append(appends);
        return { events: [], streams: [], position: 0, token: "" };
      },
    }),
    killedBy: ["refuses an append without events"],
  },
];

it("finds nothing wrong with the adapter that is right", async () => {
  expect(await redCases(eventStoreContract(open))).toEqual([]);
});

it.each(PLANTS)("notices an event store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(eventStoreContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

function appending(change: (append: StreamAppend) => StreamAppend): Plant<StorePorts> {
  return (right) => ({
    append: async (append) =>
      right.append(
        Array.isArray(append) ? listed(append).map(change) : change(append as StreamAppend),
      ),
  });
}

function listed(append: Append): readonly StreamAppend[] {
  return Array.isArray(append) ? (append as readonly StreamAppend[]) : [append as StreamAppend]; // isArray does not narrow readonly arrays
}

function relaxed(append: Append): readonly StreamAppend[] {
  return listed(append).map(relaxedOne);
}

function relaxedOne(append: StreamAppend): StreamAppend {
  return { ...append, expectedVersion: "any" };
}
