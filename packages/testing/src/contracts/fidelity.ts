import type { EventMessage } from "@counterpoint/bus";
import type { EventLog, EventStore, RecordedEvent } from "@counterpoint/events";
import type { CaseBody, ContractCase, OpenOptions, OpenStore } from "../contract-case.ts";
import { casesOf } from "../contract-case.ts";
import { assertUnwritten, payloads, rejectsWithStoreError } from "../expectations.ts";
import { manualTime } from "../manual-time.ts";
import { deepEqual, equal, notEqual, ok } from "../node.ts";
import { deposits } from "../sample-domain.ts";

type Store = EventStore & EventLog;

/** Each has to come back exactly as it is. */
const FAITHFUL: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  0.1 + 0.2,
  1e21,
  5e-324,
  Number.MAX_VALUE,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  "",
  "Zoë 🦄 \u{10FFFF} e\u0301 \u200F",
  "\u0001\u001F\u007F\u2028\u2029\uFEFF\uFFFF",
  "'; DROP TABLE events; -- $1 \\ \" % \n\t\r",
  "2025-01-01T00:00:00.000Z",
  "x".repeat(100_000),
  [],
  {},
  [[[]], [{}], null],
  { "": 1, "a.b": 2, $1: 3, 10: 4, 2: 5, "🦄": 6, "a'b\"c\\d": 7 },
  { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: 4, then: 5, type: "x", payload: {} },
  JSON.parse('{"__proto__": {"polluted": true}, "inner": {"__proto__": 1}}'),
  nested(90),
];

/** `[value, what it comes back as]` */
const NORMALISED: readonly (readonly [unknown, unknown])[] = [
  [{ a: undefined, b: 1 }, { b: 1 }],
  [{ inner: { gone: undefined } }, { inner: {} }],
  [[-0], [0]],
  [{ n: -0 }, { n: 0 }],
  [Object.assign(Object.create(null) as object, { bare: 1 }), { bare: 1 }],
];

class Money {
  readonly amount = 1;
}

const REFUSED: readonly unknown[] = [
  new Date(0),
  10n,
  Number.NaN,
  Infinity,
  -Infinity,
  new Map([["a", 1]]),
  new Set([1]),
  new Money(),
  /x/,
  new Uint8Array([1]),
  Symbol("s"),
  () => 1,
  Promise.resolve(1),
  [undefined],
  Array(2),
  "a\u0000b",
  "half \uD83E pair",
  "\uDC00",
  { "a\u0000": 1 },
  { "\uD800": 1 },
  nested(200),
  cycle(),
];

/** Holds a store to keeping what JSON can hold exactly, to refusing the rest, and to sharing nothing with its callers. */
export function fidelityCases(open: OpenStore<Store>): readonly ContractCase[] {
  return casesOf("fidelity", open, {
    "gives back every JSON payload exactly": async (store) => {
      await store.append({ stream: "s", events: FAITHFUL.map((value) => fact({ value })) });
      deepEqual(
        payloads(await store.readStream("s")),
        FAITHFUL.map((value) => ({ value })),
      );
      const { events } = await store.readLog({ after: 0, limit: 100 });
      deepEqual(
        payloads(events),
        FAITHFUL.map((value) => ({ value })),
      );
    },

    "gives back payloads that are no objects": async (store) => {
      const values = [null, true, 0, 7.5, "text", "", [], [1, "2"]];
      await store.append({ stream: "s", events: values.map(fact) });
      deepEqual(payloads(await store.readStream("s")), values);
    },

    "tells no payload from null": async (store) => {
      const result = await store.append({ stream: "s", events: [fact(undefined), fact(null)] });
      deepEqual(payloads(result.events), [undefined, null]);
      deepEqual(payloads(await store.readStream("s")), [undefined, null]);
    },

    "leaves out members that are undefined, and the sign of zero": async (store) => {
      const result = await store.append({
        stream: "s",
        events: NORMALISED.map(([given]) => fact(given)),
      });
      const expected = NORMALISED.map(([, kept]) => kept);
      deepEqual(payloads(result.events), expected);
      deepEqual(payloads(await store.readStream("s")), expected);
    },

    "refuses what JSON cannot hold, and writes nothing": async (store) => {
      for (const value of REFUSED) {
        for (const payload of [value, { deep: [{ value }] }]) {
          await rejectsWithStoreError(
            store.append({ stream: "s", events: [fact(1), fact(payload)] }),
            "INVALID_EVENT",
          );
        }
      }
      await assertUnwritten(store, "s");
    },

    "refuses metadata that JSON cannot hold, and writes nothing": async (store) => {
      for (const value of REFUSED) {
        await rejectsWithStoreError(
          store.append({ stream: "s", events: [fact(1)], metadata: { value } }),
          "INVALID_EVENT",
        );
      }
      await assertUnwritten(store, "s");
    },

    "keeps any type name exactly": async (store) => {
      const types = ["", "a", "A", "a b", "__proto__", "constructor", "Zoë 🦄", "x'y\"z\\", "'"];
      await store.append({ stream: "s", events: types.map((type) => ({ type, payload: 1 })) });
      deepEqual(
        (await store.readStream("s")).map(({ type }) => type),
        types,
      );
    },

    "refuses type names that not every store can hold": async (store) => {
      for (const type of ["a\u0000", "\uD800", 7, null, undefined] as string[]) {
        await rejectsWithStoreError(
          store.append({ stream: "s", events: [{ type, payload: 1 }] }),
          "INVALID_EVENT",
        );
      }
      await assertUnwritten(store, "s");
    },

    "stores thousands of events in one append": async (store) => {
      const amounts = Array.from({ length: 2_500 }, (_, n) => n);
      await store.append({ stream: "s", events: deposits("1", ...amounts) });
      deepEqual(
        payloads(await store.readStream("s")),
        amounts.map((amount) => ({ account: "1", amount })),
      );
    },

    "keeps what it was given when the caller changes it afterwards": async (store) => {
      const payload = { list: [1], inner: { name: "before" } };
      const metadata = { actor: "ada", tags: ["before"] };
      const events = [fact(payload)];
      const appending = store.append({ stream: "s", events, metadata });
      payload.list.push(2);
      payload.inner.name = "after";
      metadata.tags.push("after");
      events.push(fact("later"));
      await appending;
      payload.inner.name = "later still";
      const stored = await store.readStream("s");
      deepEqual(payloads(stored), [{ list: [1], inner: { name: "before" } }]);
      deepEqual(stored[0]!.metadata["tags"], ["before"]);
    },

    "gives every reader copies of its own": async (store) => {
      const appended = await store.append({
        stream: "s",
        events: [fact({ inner: { name: "kept" } })],
        metadata: { tags: ["kept"] },
      });
      const before = structuredClone(appended.events);
      for (const read of [
        () => appended.events,
        () => store.readStream("s"),
        async () => (await store.readLog({ after: 0, limit: 10 })).events,
      ]) {
        for (const event of await read()) deface(event);
        deepEqual(await store.readStream("s"), before);
        deepEqual((await store.readLog({ after: 0, limit: 10 })).events, before);
      }
    },

    "gives every event an id of its own": async (store) => {
      const ids = new Set<string>();
      for (let n = 0; n < 20; n++) {
        const { events } = await store.append({
          stream: `s-${n % 2}`,
          events: deposits("1", 1, 2),
        });
        for (const { metadata } of events) ids.add(metadata.id);
      }
      equal(ids.size, 40);
      const { events } = await store.readLog({ after: 0, limit: 100 });
      deepEqual(new Set(events.map(({ metadata }) => metadata.id)), ids);
      for (const id of ids) ok(typeof id === "string" && id.length > 0);
    },

    "takes ids from the source that it is given": { prepare: countingIds },

    "records correlation, causation, actor and keys of one's own with every event": async (
      store,
    ) => {
      const metadata = {
        correlationId: "c-1",
        causationId: "m-1",
        actor: "ada",
        tenant: { id: 7, flags: [true, null] },
        gone: undefined,
      };
      await store.append({ stream: "s", events: deposits("1", 1, 2), metadata });
      const { gone: _, ...kept } = metadata;
      for (const event of await store.readStream("s")) {
        deepEqual(event.metadata, { ...kept, id: event.metadata.id });
      }
    },

    "keeps the metadata of each stream apart in an append to several": async (store) => {
      await store.append([
        { stream: "a", events: deposits("a", 1), metadata: { actor: "ada" } },
        { stream: "b", events: deposits("b", 1) },
      ]);
      equal((await store.readStream("a"))[0]!.metadata.actor, "ada");
      deepEqual(Object.keys((await store.readStream("b"))[0]!.metadata), ["id"]);
    },

    "lets no metadata take the place of the event's id": async (store) => {
      await store.append({ stream: "s", events: deposits("1", 1, 2), metadata: { id: "mine" } });
      const [first, second] = await store.readStream("s");
      notEqual(first!.metadata.id, second!.metadata.id);
    },

    "records the time of the clock, to the millisecond": { prepare: movedClock },
  });
}

function movedClock(): readonly [OpenOptions, CaseBody<Store>] {
  const time = manualTime(Date.UTC(2031, 1, 3, 4, 5, 6, 789));
  return [{ clock: time }, body];

  async function body(store: Store): Promise<void> {
    await store.append({ stream: "s", events: deposits("1", 1, 2) });
    await time.advance(1);
    await store.append({ stream: "s", events: deposits("1", 3) });
    const expected = [789, 789, 790].map((ms) => new Date(Date.UTC(2031, 1, 3, 4, 5, 6, ms)));
    const read = await store.readStream("s");
    deepEqual(
      read.map(({ recordedAt }) => recordedAt),
      expected,
    );
    const { events } = await store.readLog({ after: 0, limit: 10 });
    deepEqual(
      events.map(({ recordedAt }) => recordedAt),
      expected,
    );
  }
}

function countingIds(): readonly [OpenOptions, CaseBody<Store>] {
  let last = 0;
  return [{ createId: () => `id-${++last}` }, body];

  async function body(store: Store): Promise<void> {
    await store.append({ stream: "s", events: deposits("1", 1, 2) });
    await store.append({ stream: "t", events: deposits("1", 3) });
    const { events } = await store.readLog({ after: 0, limit: 10 });
    deepEqual(
      events.map(({ metadata }) => metadata.id),
      ["id-1", "id-2", "id-3"],
    );
  }
}

function fact(payload: unknown): EventMessage {
  return { type: "Fact", payload };
}

function deface(event: RecordedEvent): void {
  const { inner } = event.payload as { inner: { name: string } };
  inner.name = "defaced";
  (event.metadata["tags"] as string[]).push("defaced");
  event.recordedAt.setTime(0);
  Object.assign(event, { version: 99, stream: "defaced" });
}

function nested(depth: number): unknown {
  let value: unknown = "core";
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value };
  return value;
}

function cycle(): unknown {
  const node: Record<string, unknown> = { name: "loop" };
  node["self"] = [node];
  return node;
}
