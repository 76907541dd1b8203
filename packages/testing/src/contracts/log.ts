import type { EventLog, EventStore, RecordedEvent } from "@counterpoint/events";
import { upcasters } from "@counterpoint/events";
import type { CaseBody, ContractCase, OpenOptions, OpenStore } from "../contract-case.ts";
import { casesOf, opened } from "../contract-case.ts";
import { payloads, rejectsWithClass } from "../expectations.ts";
import { deepEqual, equal, nextTurn, ok } from "../node.ts";
import { deposits } from "../sample-domain.ts";

type Store = EventStore & EventLog;

/** Holds a store to one order of all events, in which a follower misses nothing. */
export function logCases(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("log", open, {
    "is empty at first": async (store) => {
      deepEqual(await store.readLog({ after: 0, limit: 10 }), { events: [], head: 0 });
      equal(await store.head(), 0);
    },

    "holds the events of all streams in the order of their appends": async (store) => {
      const appended = await seed(store);
      deepEqual((await store.readLog({ after: 0, limit: 100 })).events, appended);
    },

    "continues behind a position, wherever that is": async (store) => {
      const appended = await seed(store);
      for (const { position } of appended) {
        const { events } = await store.readLog({ after: position, limit: 100 });
        deepEqual(
          events,
          appended.filter((event) => event.position > position),
        );
      }
    },

    "hands out at most as many events as asked for": async (store) => {
      const appended = await seed(store);
      for (const limit of [1, 2, appended.length, 100]) {
        deepEqual(
          (await store.readLog({ after: 0, limit })).events,
          appended.slice(0, limit),
          `with limit ${limit}`,
        );
      }
    },

    "is complete when read in pieces of any size": async (store) => {
      const appended = await seed(store);
      for (const limit of [1, 2, 3, 5]) deepEqual(await readAll(store, limit), appended);
    },

    "ends at its head": async (store) => {
      const appended = await seed(store);
      const last = appended.at(-1)!.position;
      equal(await store.head(), last);
      equal((await store.readLog({ after: 0, limit: 1 })).head, last);
      deepEqual(await store.readLog({ after: last, limit: 10 }), { events: [], head: last });
      deepEqual((await store.readLog({ after: last + 1_000, limit: 10 })).events, []);
    },

    "has its head at an append as soon as that has resolved": async (store) => {
      for (let n = 0; n < 20; n++) {
        const { position } = await store.append({ stream: `s-${n % 3}`, events: deposits("1", n) });
        equal(await store.head(), position);
      }
    },

    "refuses stretches of the log that are none": async (store) => {
      for (const bad of [-1, 1.5, Number.NaN, Infinity, "1" as never, undefined as never]) {
        await rejectsWithClass(store.readLog({ after: bad, limit: 1 }), RangeError);
        await rejectsWithClass(store.readLog({ after: 0, limit: bad }), RangeError);
      }
      await rejectsWithClass(store.readLog({ after: 0, limit: 0 }), RangeError);
    },

    "goes on behind the gap of an append that failed": async (store) => {
      const first = await store.append({ stream: "a", events: deposits("a", 1) });
      await store
        .append({ stream: "a", events: deposits("a", 2), expectedVersion: "none" })
        .catch(() => {});
      const second = await store.append({ stream: "b", events: deposits("b", 3) });
      deepEqual((await store.readLog({ after: first.position, limit: 10 })).events, second.events);
    },

    "hides no event from a follower that reads while many writers append": async (store) => {
      const seen: RecordedEvent[] = [];
      let writing = true;
      const writers = Promise.all(
        Array.from({ length: 12 }, async (_, writer) => {
          for (let n = 0; n < 10; n++) {
            await store.append({
              stream: `s-${(writer + n) % 5}`,
              events: deposits(`w${writer}`, ...Array.from({ length: 1 + (n % 3) }, () => n)),
            });
          }
        }),
      );
      await together(
        writers.finally(() => (writing = false)),
        follow(),
      );
      const all = await readAll(store, 1_000);
      equal(all.length, 12 * 19);
      deepEqual(
        seen.map(({ position }) => position),
        all.map(({ position }) => position),
      );
      assertStreamsInOrder(seen);

      async function follow(): Promise<void> {
        let after = 0;
        for (let last = false; ; last = !writing) {
          const { events, head } = await store.readLog({ after, limit: 7 });
          assertBehind(after, events);
          seen.push(...events);
          after = events.at(-1)?.position ?? after;
          ok(head >= after, "the head is not behind what was read");
          if (last && events.length === 0) return;
          await nextTurn();
        }
      }
    },

    "shows all events of an append to a follower, or none": async (store) => {
      let writing = true;
      await together(
        write().finally(() => (writing = false)),
        read(),
      );

      async function write(): Promise<void> {
        for (let n = 0; n < 30; n++) {
          await Promise.all([
            store.append([
              { stream: `a-${n}`, events: deposits("a", 1, 2, 3) },
              { stream: `b-${n}`, events: deposits("b", 4, 5) },
            ]),
            store.append({ stream: `c-${n}`, events: deposits("c", 6, 7, 8, 9, 10) }),
          ]);
        }
      }

      async function read(): Promise<void> {
        while (writing) {
          const { events } = await store.readLog({ after: 0, limit: 10_000 });
          equal(events.length % 5, 0, `${events.length} events are no whole number of appends`);
          await nextTurn();
        }
      }
    },

    "calls no listener that was disposed of": async (store) => {
      let calls = 0;
      const listening = store.onAppend(() => calls++);
      listening[Symbol.dispose]();
      await store.append({ stream: "s", events: deposits("1", 1) });
      for (let turn = 0; turn < 10; turn++) await nextTurn();
      equal(calls, 0);
    },

    "has the event to show when it calls a listener": async (store) => {
      const looks: Promise<number>[] = [];
      using _ = store.onAppend(() => looks.push(store.head()));
      const { position } = await store.append({ stream: "s", events: deposits("1", 1) });
      for (let turn = 0; turn < 10; turn++) await nextTurn(); // a hint: it need not come
      for (const head of await Promise.all(looks)) equal(head, position);
    },

    "has written, and says so, though a listener throws": { prepare: throwingListener },

    "shows upcast events on every path, and keeps the original": opened(
      {
        upcast: upcasters({
          Deposited: (payload: { amount: number; currency?: string }) => ({
            currency: "EUR",
            ...payload,
            generation: ((payload as { generation?: number }).generation ?? 0) + 1,
          }),
        }),
      },
      async (store) => {
        await store.append({ stream: "s", events: deposits("1", 5) });
        const today = { account: "1", amount: 5, currency: "EUR", generation: 1 };
        for (let round = 0; round < 2; round++) {
          deepEqual(payloads(await store.readStream("s")), [today]);
          deepEqual(payloads(await store.readStream("s", { fromVersion: 1, limit: 1 })), [today]);
          deepEqual(payloads((await store.readLog({ after: 0, limit: 10 })).events), [today]);
        }
      },
    ),

    "lets an upcaster rename a type and leaves the others alone": opened(
      { upcast: (event) => (event.type === "Old" ? { ...event, type: "New" } : event) },
      async (store) => {
        await store.append({
          stream: "s",
          events: [
            { type: "Old", payload: 1 },
            { type: "Other", payload: 2 },
          ],
        });
        const read = await store.readStream("s");
        deepEqual(
          read.map(({ type, version }) => [type, version]),
          [
            ["New", 1],
            ["Other", 2],
          ],
        );
        deepEqual((await store.readLog({ after: 0, limit: 10 })).events, read);
      },
    ),
  });
}

/** The hint may stay away, but then for both listeners. */
function throwingListener(): readonly [OpenOptions, CaseBody<Store>] {
  const failure = new Error("a listener's own");
  const reported: unknown[] = [];
  return [{ onListenerError: (error) => reported.push(error) }, body];

  async function body(store: Store): Promise<void> {
    let calls = 0;
    using _ = store.onAppend(() => {
      throw failure;
    });
    using __ = store.onAppend(() => calls++);
    const { position } = await store.append({ stream: "s", events: deposits("1", 1) });
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    equal(await store.head(), position);
    equal((await store.readStream("s")).length, 1);
    equal(calls, reported.length);
    for (const error of reported) equal(error, failure);
  }
}

/** Appends to several streams and returns everything in the order in which it was appended. */
async function seed(store: Store): Promise<readonly RecordedEvent[]> {
  const appended: RecordedEvent[] = [];
  for (const [stream, ...amounts] of [
    ["b", 1, 2],
    ["a", 3],
    ["b", 4],
    ["c", 5, 6, 7],
    ["a", 8],
  ] as const) {
    appended.push(...(await store.append({ stream, events: deposits(stream, ...amounts) })).events);
  }
  return appended;
}

/** Reads the whole log as a follower does: in pieces, each behind the last. */
export async function readAll(store: EventLog, limit: number): Promise<readonly RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for (;;) {
    const after = all.at(-1)?.position ?? 0;
    const { events } = await store.readLog({ after, limit });
    if (events.length === 0) return all;
    assertBehind(after, events);
    all.push(...events);
  }
}

/** Waits for all, then fails when one has failed: nothing is left running. */
async function together(...promises: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

/** Without it, a log that repeats itself would be read for ever. */
export function assertBehind(after: number, events: readonly RecordedEvent[]): void {
  let last = after;
  for (const { position } of events) {
    ok(position > last, `position ${position} does not come behind ${last}`);
    last = position;
  }
}

function assertStreamsInOrder(events: readonly RecordedEvent[]): void {
  const versions = new Map<string, number>();
  for (const { stream, version } of events) {
    equal(version, (versions.get(stream) ?? 0) + 1, `the next event of ${stream}`);
    versions.set(stream, version);
  }
}
