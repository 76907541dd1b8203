import type { EventLog, EventStore } from "@counterpoint/events";
import { decodeToken } from "@counterpoint/events";
import type { ContractCase, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { assertUnwritten, payloads, rejectsWithClass } from "../expectations.ts";
import { deepEqual, equal, ok } from "../node.ts";
import { Deposited, deposits } from "../sample-domain.ts";

type Store = EventStore & EventLog;

/** Holds a store to what it says about appends, and to the ranges of `readStream`. */
export function streamCases(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("streams", open, {
    "reads a stream that does not exist as empty": async (store) => {
      deepEqual(await store.readStream("nobody"), []);
      deepEqual(await store.readStream("nobody", { fromVersion: 3, limit: 2 }), []);
    },

    "reads a name that no store can hold as a stream that does not exist": async (store) => {
      await store.append({ stream: "\uFFFD", events: deposits("1", 1) });
      for (const name of ["", "a\u0000b", "\uD800", "x".repeat(5_000)]) {
        deepEqual(await store.readStream(name), []);
      }
    },

    "numbers versions from 1 without gaps, across appends": async (store) => {
      await store.append({ stream: "account-1", events: deposits("1", 1) });
      await store.append({ stream: "account-1", events: deposits("1", 2, 3) });
      await store.append({ stream: "account-2", events: deposits("2", 9) });
      await store.append({ stream: "account-1", events: deposits("1", 4) });
      const events = await store.readStream("account-1");
      deepEqual(
        events.map(({ version, payload }) => [version, (payload as { amount: number }).amount]),
        [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
        ],
      );
    },

    "leaves no gap in the versions after an append that failed": async (store) => {
      await store.append({ stream: "account-1", events: deposits("1", 1) });
      await rejected(
        store.append({ stream: "account-1", events: deposits("1", 2), expectedVersion: 5 }),
      );
      const { streams } = await store.append({ stream: "account-1", events: deposits("1", 3) });
      deepEqual(streams, [{ stream: "account-1", version: 2, created: false }]);
    },

    "leaves no stream after a first append that failed": async (store) => {
      await rejected(
        store.append({ stream: "account-1", events: deposits("1", 1), expectedVersion: "exists" }),
      );
      await assertUnwritten(store, "account-1");
      const { streams } = await store.append({
        stream: "account-1",
        events: deposits("1", 1),
        expectedVersion: "none",
      });
      deepEqual(streams, [{ stream: "account-1", version: 1, created: true }]);
    },

    "says created for the first append to a stream only": async (store) => {
      const created: boolean[] = [];
      for (let n = 1; n <= 3; n++) {
        const { streams } = await store.append({ stream: "account-1", events: deposits("1", n) });
        created.push(streams[0]!.created);
      }
      deepEqual(created, [true, false, false]);
    },

    "says created to exactly one of many concurrent first appends": async (store) => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          store.append({ stream: "account-1", events: deposits("1", n) }),
        ),
      );
      equal(results.filter(({ streams }) => streams[0]!.created).length, 1);
    },

    "returns what it recorded": async (store) => {
      const result = await store.append({ stream: "account-1", events: deposits("1", 1, 2) });
      deepEqual(result.events, await store.readStream("account-1"));
      equal(result.position, result.events.at(-1)!.position);
      equal(decodeToken(result.token), result.position);
    },

    "returns the events of several streams in the order given": async (store) => {
      const result = await store.append([
        { stream: "b", events: deposits("b", 1, 2) },
        { stream: "a", events: deposits("a", 3) },
      ]);
      deepEqual(
        result.events.map(({ stream, version }) => [stream, version]),
        [
          ["b", 1],
          ["b", 2],
          ["a", 1],
        ],
      );
      deepEqual(
        result.streams.map(({ stream }) => stream),
        ["b", "a"],
      );
      deepEqual((await store.readLog({ after: 0, limit: 10 })).events, result.events);
      equal(result.position, result.events.at(-1)!.position);
    },

    "draws positions that strictly increase from append to append": async (store) => {
      let last = 0;
      for (let n = 0; n < 10; n++) {
        const { events } = await store.append({
          stream: `s-${n % 3}`,
          events: deposits("1", n, n),
        });
        for (const { position } of events) {
          ok(Number.isSafeInteger(position), `position ${position} is a safe integer`);
          ok(position > last, `position ${position} comes after ${last}`);
          last = position;
        }
      }
    },

    "reads from a version on": async (store) => {
      await store.append({ stream: "account-1", events: deposits("1", 1, 2, 3, 4, 5) });
      deepEqual(await versions(store, { fromVersion: 1 }), [1, 2, 3, 4, 5]);
      deepEqual(await versions(store, { fromVersion: 3 }), [3, 4, 5]);
      deepEqual(await versions(store, { fromVersion: 5 }), [5]);
      deepEqual(await versions(store, { fromVersion: 6 }), []);
      deepEqual(await versions(store, { fromVersion: 1_000_000 }), []);
    },

    "reads at most as many events as asked for": async (store) => {
      await store.append({ stream: "account-1", events: deposits("1", 1, 2, 3, 4, 5) });
      deepEqual(await versions(store, { limit: 1 }), [1]);
      deepEqual(await versions(store, { limit: 5 }), [1, 2, 3, 4, 5]);
      deepEqual(await versions(store, { limit: 99 }), [1, 2, 3, 4, 5]);
    },

    "counts the limit from the first version asked for": async (store) => {
      await store.append({ stream: "account-1", events: deposits("1", 1, 2, 3, 4, 5) });
      deepEqual(await versions(store, { fromVersion: 2, limit: 2 }), [2, 3]);
      deepEqual(await versions(store, { fromVersion: 4, limit: 9 }), [4, 5]);
      deepEqual(await versions(store, { fromVersion: 9, limit: 1 }), []);
    },

    "refuses ranges that are none": async (store) => {
      for (const bad of [0, -1, 1.5, Number.NaN, Infinity, "1" as never]) {
        await rejectsWithClass(store.readStream("account-1", { fromVersion: bad }), RangeError);
        await rejectsWithClass(store.readStream("account-1", { limit: bad }), RangeError);
      }
    },

    "refuses an append without events": async (store) => {
      await rejectsWithClass(store.append({ stream: "account-1", events: [] }), TypeError);
      await rejectsWithClass(store.append([]), TypeError);
      await rejectsWithClass(
        store.append([
          { stream: "account-1", events: deposits("1", 1) },
          { stream: "account-2", events: [] },
        ]),
        TypeError,
      );
      await assertUnwritten(store, "account-1");
    },

    "refuses a stream that is named twice": async (store) => {
      await rejectsWithClass(
        store.append([
          { stream: "account-1", events: deposits("1", 1) },
          { stream: "account-1", events: deposits("1", 2) },
        ]),
        TypeError,
      );
      await assertUnwritten(store, "account-1");
    },

    "refuses stream names that not every store can hold": async (store) => {
      const names = ["", "x".repeat(513), "a\u0000b", "half \uD83E", "\uDC00", 7, null, undefined];
      for (const stream of names as string[]) {
        await rejectsWithClass(store.append({ stream, events: deposits("1", 1) }), TypeError);
      }
      equal((await store.readLog({ after: 0, limit: 10 })).events.length, 0);
    },

    "keeps streams apart whose names look alike": async (store) => {
      const names = [
        "a",
        "A",
        "a ",
        " a",
        "a-",
        "ab",
        "á",
        "a\u0301",
        "a%",
        "a_",
        "a'; --",
        'a"',
        "a\\",
        "__proto__",
        "constructor",
        "toString",
        "🦄",
        "🦄".repeat(256),
        "x".repeat(512),
      ];
      for (const [n, stream] of names.entries()) {
        await store.append({ stream, events: [Deposited({ account: stream, amount: n })] });
      }
      for (const [n, stream] of names.entries()) {
        const events = await store.readStream(stream);
        deepEqual(payloads(events), [{ account: stream, amount: n }]);
        equal(events[0]!.stream, stream);
      }
    },
  });

  async function versions(
    store: Store,
    range: { readonly fromVersion?: number; readonly limit?: number },
  ): Promise<readonly number[]> {
    return (await store.readStream("account-1", range)).map(({ version }) => version);
  }
}

async function rejected(promise: Promise<unknown>): Promise<void> {
  const passed = await promise.then(
    () => true,
    () => false,
  );
  equal(passed, false, "the append is refused");
}
