import type { EventLog, EventStore, ExpectedVersion } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";
import type { CaseBody, ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import {
  assertUnwritten,
  rejectsWith,
  rejectsWithClass,
  rejectsWithConflict,
} from "../expectations.ts";
import { deepEqual, equal } from "../node.ts";
import { deposits } from "../sample-domain.ts";

type Store = EventStore & EventLog;

const ROUNDS = 100;

/** `[expected version, length of the stream before, whether it goes through]` */
const MATRIX: readonly (readonly [ExpectedVersion, number, boolean])[] = [
  ["any", 0, true],
  ["any", 3, true],
  ["none", 0, true],
  ["none", 3, false],
  [0, 0, true],
  [0, 3, false],
  ["exists", 0, false],
  ["exists", 3, true],
  [3, 3, true],
  [3, 0, false],
  [2, 3, false],
  [4, 3, false],
  [1, 0, false],
];

/** Holds a store to the expected-version matrix, alone and under concurrency. */
export function expectedVersionCases(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("expected version", open, {
    ...matrixCases(),

    "leaves the version unchecked when none is expected": async (store) => {
      await store.append({ stream: "account-1", events: deposits("1", 1) });
      await store.append({ stream: "account-1", events: deposits("1", 2) });
      equal((await store.readStream("account-1")).length, 2);
    },

    "refuses an expected version that is no version": async (store) => {
      for (const expectedVersion of [-1, 1.5, Number.NaN, Infinity, "1", null] as number[]) {
        await rejectsWithClass(
          store.append({ stream: "account-1", events: deposits("1", 1), expectedVersion }),
          RangeError,
        );
      }
      await assertUnwritten(store, "account-1");
    },

    "checks every stream of an append to several": async (store) => {
      await seed(store, "account-1", 2);
      const result = await store.append([
        { stream: "account-1", events: deposits("1", 10), expectedVersion: 2 },
        { stream: "account-2", events: deposits("2", 20), expectedVersion: "none" },
        { stream: "account-3", events: deposits("3", 30), expectedVersion: "any" },
      ]);
      deepEqual(result.streams, [
        { stream: "account-1", version: 3, created: false },
        { stream: "account-2", version: 1, created: true },
        { stream: "account-3", version: 1, created: true },
      ]);
    },

    "writes to none of several streams when one is not as expected": async (store) => {
      await seed(store, "account-2", 2);
      const before = await store.readStream("account-2");
      await rejectsWithConflict(
        store.append([
          { stream: "account-1", events: deposits("1", 10) },
          { stream: "account-2", events: deposits("2", 20), expectedVersion: 1 },
          { stream: "account-3", events: deposits("3", 30) },
        ]),
        { stream: "account-2", actual: 2 },
      );
      await assertUnwritten(store, "account-1");
      await assertUnwritten(store, "account-2", before);
      await assertUnwritten(store, "account-3");
    },

    "lets exactly one of two concurrent creates win": (store) =>
      rounds(async (round) => {
        const stream = `account-${round}`;
        const outcomes = await Promise.allSettled(
          ["a", "b"].map((writer) =>
            store.append({ stream, events: deposits(writer, round), expectedVersion: "none" }),
          ),
        );
        assertOneWinner(outcomes);
        equal((await store.readStream(stream)).length, 1);
      }),

    "lets exactly one of two concurrent writers at the same version win": async (store) => {
      await seed(store, "account-1", 1);
      await rounds(async (round) => {
        const outcomes = await Promise.allSettled(
          ["a", "b"].map((writer) =>
            store.append({
              stream: "account-1",
              events: deposits(writer, round),
              expectedVersion: round + 1,
            }),
          ),
        );
        assertOneWinner(outcomes);
        equal((await store.readStream("account-1")).length, round + 2);
      });
    },

    "never reports a conflict when any version is expected": async (store) => {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          store.append({ stream: "account-1", events: deposits("1", n), expectedVersion: "any" }),
        ),
      );
      const events = await store.readStream("account-1");
      deepEqual(
        events.map(({ version }) => version),
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
    },

    "keeps out a stale writer that appends more events than it missed": async (store) => {
      await seed(store, "account-1", 3);
      const before = await store.readStream("account-1");
      for (const [expectedVersion, count] of [
        [1, 2],
        [1, 3],
        [1, 10],
        [2, 5],
      ] as const) {
        await rejectsWithConflict(
          store.append({
            stream: "account-1",
            events: deposits("1", ...Array.from({ length: count }, (_, n) => n)),
            expectedVersion,
          }),
          { stream: "account-1", actual: 3 },
        );
      }
      await assertUnwritten(store, "account-1", before);
    },

    "lets exactly one of two concurrent appends to crossing streams win, without a deadlock": (
      store,
    ) =>
      rounds(async (round) => {
        const [left, right] = [`left-${round}`, `right-${round}`];
        const append = (streams: readonly string[]) =>
          store.append(
            streams.map((stream) => ({
              stream,
              events: deposits(stream, round),
              expectedVersion: "none" as const,
            })),
          );
        const outcomes = await Promise.allSettled([append([left, right]), append([right, left])]);
        assertOneWinner(outcomes);
        for (const stream of [left, right]) equal((await store.readStream(stream)).length, 1);
      }),
  });
}

function matrixCases(): Record<string, CaseBody<Store>> {
  return Object.fromEntries(
    MATRIX.map(([expectedVersion, length, passes]) => [
      `${passes ? "accepts" : "refuses"} expected version ${expectedVersion} for a stream ${length === 0 ? "that does not exist" : `at version ${length}`}`,
      async (store: Store) => {
        const stream = "account-1";
        await seed(store, stream, length);
        const before = await store.readStream(stream);
        const appending = store.append({ stream, events: deposits("1", 7, 8), expectedVersion });
        if (passes) {
          const { streams } = await appending;
          deepEqual(streams, [{ stream, version: length + 2, created: length === 0 }]);
        } else {
          await rejectsWith(
            appending,
            (error) =>
              isConcurrencyError(error) &&
              error.stream === stream &&
              error.expected === expectedVersion &&
              error.actual === length,
            `a ConcurrencyError that tells ${expectedVersion} from ${length}`,
          );
          await assertUnwritten(store, stream, before);
        }
      },
    ]),
  );
}

function assertOneWinner(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const lost = outcomes.filter((outcome) => outcome.status === "rejected");
  equal(outcomes.length - lost.length, 1, "exactly one writer wins");
  for (const { reason } of lost) {
    equal(isConcurrencyError(reason), true, `the loser gets a conflict, not ${String(reason)}`);
  }
}

async function seed(store: Store, stream: string, length: number): Promise<void> {
  for (let n = 1; n <= length; n++) await store.append({ stream, events: deposits(stream, n) });
}

async function rounds(play: (round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await play(round);
}
