import type { RecordedEvent, StreamAppend } from "@counterpoint/events";
import type { OpenStore, Plant, StorePorts } from "@counterpoint/testing";
import { eventStoreContract, planted, redCases, storeContracts } from "@counterpoint/testing";
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
    wrong: "starts behind the version that it should start at",
    plant: (right) => ({
      readStream: (stream, { fromVersion, ...options } = {}) =>
        right.readStream(
          stream,
          fromVersion ? { ...options, fromVersion: fromVersion + 1 } : options,
        ),
    }),
    killedBy: ["reads from a version on", "counts the limit from the first version asked for"],
  },
  {
    wrong: "cuts to the limit before it looks where to start",
    plant: (right) => ({
      async readStream(stream, options = {}) {
        await right.readStream(stream, options);
        const { fromVersion = 1, limit } = options;
        const events = await right.readStream(stream, limit === undefined ? {} : { limit });
        return events.filter(({ version }) => version >= fromVersion);
      },
    }),
    killedBy: ["counts the limit from the first version asked for"],
  },
  {
    wrong: "ignores the limit of a stream",
    plant: (right) => ({
      readStream: (stream, { fromVersion = 1 } = {}) => right.readStream(stream, { fromVersion }),
    }),
    killedBy: ["reads at most as many events as asked for"],
  },
  {
    wrong: "stops at a thousand events of a stream unless told otherwise",
    plant: (right) => ({
      readStream: (stream, options) => right.readStream(stream, { limit: 1_000, ...options }),
    }),
    killedBy: ["stores thousands of events in one append"],
  },
  {
    wrong: "takes ranges that are none",
    plant: (right) => ({
      readStream: (stream, options) => right.readStream(stream, options).catch(() => []),
      readLog: (options) => right.readLog(options).catch(() => ({ events: [], head: 0 })),
    }),
    killedBy: ["refuses ranges that are none", "refuses stretches of the log that are none"],
  },
  {
    wrong: "folds the case of stream names",
    plant: (right) => ({
      append: (append) =>
        right.append(
          listed(append).map((each) => ({ ...each, stream: each.stream.toLowerCase() })),
        ),
      readStream: (stream, options) => right.readStream(stream.toLowerCase(), options),
    }),
    killedBy: ["keeps streams apart whose names look alike"],
  },
  {
    wrong: "keeps references to what it was given",
    plant: (right) => {
      const given: unknown[] = [];
      return {
        append(append) {
          for (const { events } of listed(append)) {
            if (Array.isArray(events))
              given.push(...events.map((each) => each?.payload as unknown));
          }
          return right.append(append);
        },
        async readStream(stream, options) {
          const events = await right.readStream(stream, options);
          return events.map((event) => ({ ...event, payload: given[event.position - 1] }));
        },
      };
    },
    killedBy: ["keeps what it was given when the caller changes it afterwards"],
  },
  {
    wrong: "hands the same objects to every reader",
    plant: (right) => {
      const cache = new Map<number, RecordedEvent>();
      return {
        readStream: async (stream, options) => cached(await right.readStream(stream, options)),
        async readLog(options) {
          const slice = await right.readLog(options);
          return { ...slice, events: cached(slice.events) };
        },
      };

      function cached(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
        return events.map((event) => {
          const known = cache.get(event.position) ?? event;
          cache.set(event.position, known);
          return known;
        });
      }
    },
    killedBy: ["gives every reader copies of its own"],
  },
  {
    wrong: "stores what JSON makes of dates and NaN",
    plant: appending(({ events, ...append }) => ({
      ...append,
      events: Array.isArray(events)
        ? events.map((each) => (each?.payload === undefined ? each : jsonified(each)))
        : events,
    })),
    killedBy: ["refuses what JSON cannot hold, and writes nothing"],
  },
  {
    wrong: "writes the events before the one that JSON cannot hold",
    plant: (right) => ({
      append: (append) =>
        right.append(append).catch(async (error: unknown) => {
          const [first] = listed(append);
          if (first && first.events.length > 1) {
            await right.append({ ...first, events: first.events.slice(0, 1) }).catch(() => {});
          }
          throw error;
        }),
    }),
    killedBy: ["refuses what JSON cannot hold, and writes nothing"],
  },
  {
    wrong: "keeps numbers in single precision",
    plant: reading((event) => ({ ...event, payload: coarse(event.payload) })),
    killedBy: ["gives back every JSON payload exactly"],
  },
  {
    wrong: "loses keys that are named like prototypes",
    plant: reading((event) => ({ ...event, payload: withoutProto(event.payload) })),
    killedBy: ["gives back every JSON payload exactly"],
  },
  {
    wrong: "takes null for no payload",
    plant: reading((event) => ({ ...event, payload: event.payload ?? undefined })),
    killedBy: ["tells no payload from null", "gives back payloads that are no objects"],
  },
  {
    wrong: "keeps times to the second",
    plant: reading((event) => ({
      ...event,
      recordedAt: new Date(Math.floor(event.recordedAt.getTime() / 1_000) * 1_000),
    })),
    killedBy: ["records the time of the clock, to the millisecond"],
  },
  {
    wrong: "hands out times as text",
    plant: reading((event) => ({ ...event, recordedAt: event.recordedAt.toJSON() as never })),
    killedBy: ["records the time of the clock, to the millisecond"],
  },
  {
    wrong: "gives all events of an append one id",
    plant: reading((event) => ({
      ...event,
      metadata: { ...event.metadata, id: String(event.recordedAt.getTime()) },
    })),
    killedBy: ["gives every event an id of its own"],
  },
  {
    wrong: "lets metadata overwrite the id",
    plant: reading((event) => ({ ...event, metadata: { ...event.metadata, id: "mine" } })),
    killedBy: ["lets no metadata take the place of the event's id"],
  },
  {
    wrong: "forgets the metadata",
    plant: reading((event) => ({ ...event, metadata: { id: event.metadata.id } })),
    killedBy: [
      "records correlation, causation, actor and keys of one's own with every event",
      "keeps the metadata of each stream apart in an append to several",
    ],
  },
  {
    wrong: "repeats the event at the cursor",
    plant: repeating,
    killedBy: ["continues behind a position, wherever that is"],
  },
  {
    wrong: "hands out one event more than asked for",
    plant: (right) => ({
      readLog: ({ after, limit }) => right.readLog({ after, limit: limit + 1 }),
    }),
    killedBy: [
      "hands out at most as many events as asked for",
      "refuses stretches of the log that are none",
    ],
  },
  {
    wrong: "orders the log by streams",
    plant: (right) => ({
      async readLog(options) {
        const { events, head } = await right.readLog(options);
        return { head, events: events.toSorted((a, b) => (a.stream < b.stream ? -1 : 1)) };
      },
    }),
    killedBy: ["holds the events of all streams in the order of their appends"],
  },
  {
    wrong: "says that the head is one behind",
    plant: (right) => ({ head: async () => Math.max(0, (await right.head()) - 1) }),
    killedBy: ["ends at its head", "has its head at an append as soon as that has resolved"],
  },
  {
    wrong: "shows positions in the order of their commits, and lets a cursor pass over the slow",
    plant: naiveCursor,
    killedBy: ["hides no event from a follower that reads while many writers append"],
  },
  {
    wrong: "shows the first half of an append before the second",
    plant: (right) => ({
      async append(append) {
        const [first] = listed(append);
        if (!first || listed(append).length > 1 || first.events.length < 2) {
          return right.append(append);
        }
        await right.append({ ...first, events: first.events.slice(0, 1) });
        await nextTurn();
        return right.append({ ...relaxedOne(first), events: first.events.slice(1) });
      },
    }),
    killedBy: ["shows all events of an append to a follower, or none"],
  },
  {
    wrong: "goes on calling listeners that were disposed of",
    plant: (right) => ({
      onAppend(listener) {
        right.onAppend(listener);
        return { [Symbol.dispose]: () => {} };
      },
    }),
    killedBy: ["calls no listener that was disposed of"],
  },
  {
    wrong: "tells the writer that the append has failed when a listener has",
    plant: (right) => {
      const listeners = new Set<() => void>();
      return {
        async append(append) {
          const result = await right.append(append);
          for (const listener of listeners) listener();
          return result;
        },
        onAppend(listener) {
          listeners.add(listener);
          return { [Symbol.dispose]: () => void listeners.delete(listener) };
        },
      };
    },
    killedBy: ["has written, and says so, though a listener throws"],
  },
  {
    wrong: "lets one listener that throws starve the others",
    plant: (right, options) => {
      const listeners = new Set<() => void>();
      return {
        async append(append) {
          const result = await right.append(append);
          try {
            for (const listener of listeners) listener();
          } catch (error) {
            options.onListenerError?.(error);
          }
          return result;
        },
        onAppend(listener) {
          listeners.add(listener);
          return { [Symbol.dispose]: () => void listeners.delete(listener) };
        },
      };
    },
    killedBy: ["has written, and says so, though a listener throws"],
  },
  {
    wrong: "wakes its listeners before it has written",
    plant: (right) => {
      const listeners = new Set<() => void>();
      return {
        append(append) {
          for (const listener of listeners) listener();
          return right.append(append);
        },
        onAppend(listener) {
          listeners.add(listener);
          return { [Symbol.dispose]: () => void listeners.delete(listener) };
        },
      };
    },
    killedBy: ["has the event to show when it calls a listener"],
  },
  {
    wrong: "upcasts the log alone",
    plant: (_right, { upcast = (event) => event, ...options }) => {
      const plain = createMemoryStore(options);
      const { readStream: _, ...upcastLog } = reading(upcast)(plain, {});
      return { ...plain, ...upcastLog };
    },
    killedBy: ["shows upcast events on every path, and keeps the original"],
  },
  {
    wrong: "upcasts when it writes as well",
    plant: (right, { upcast = (event) => event }) => ({
      append: (append) =>
        right.append(
          listed(append).map(({ events, ...each }) => ({
            ...each,
            events: events.map((event) => upcast(event as RecordedEvent)),
          })),
        ),
    }),
    killedBy: ["shows upcast events on every path, and keeps the original"],
  },
];

it("finds nothing wrong with the adapter that is right", async () => {
  expect(await redCases(eventStoreContract(open))).toEqual([]);
});

it.each(PLANTS)("notices an event store that $wrong", async ({ plant, killedBy }) => {
  const red = await redCases(eventStoreContract(planted(open, plant)));
  expect(red).toEqual(expect.arrayContaining([...killedBy]));
});

it("comes to the end of every suite over a log that repeats itself, and has the projector's red", async () => {
  const suites = storeContracts(planted(open, repeating));
  const red = await redCases(suites.flatMap(({ cases }) => cases));
  expect(red).toEqual(
    expect.arrayContaining([
      "applies what was appended before it started, and what comes after",
      "shows a reader who waited what was written",
      "rebuilds documents and checkpoint in place",
    ]),
  );
}, 60_000);

function repeating(right: StorePorts): Partial<StorePorts> {
  return { readLog: ({ after, limit }) => right.readLog({ after: Math.max(0, after - 1), limit }) };
}

/** Draws positions at once and shows events later, some later than others. */
function naiveCursor(right: StorePorts): Partial<StorePorts> {
  const hidden = new Set<number>();
  let appends = 0;
  return {
    async append(append) {
      const appending = right.append(append); // in memory it is written before the promise is handed out
      const slow = ++appends % 3 === 0;
      const { events } = await appending;
      if (slow) {
        for (const { position } of events) hidden.add(position);
        for (let turn = 0; turn < 4; turn++) await nextTurn();
        for (const { position } of events) hidden.delete(position);
      }
      return appending;
    },
    async readLog(options) {
      const { events, head } = await right.readLog(options);
      return { head, events: events.filter(({ position }) => !hidden.has(position)) };
    },
  };
}

function appending(change: (append: StreamAppend) => StreamAppend): Plant<StorePorts> {
  return (right) => ({
    append: async (append) =>
      right.append(
        Array.isArray(append) ? listed(append).map(change) : change(append as StreamAppend),
      ),
  });
}

function reading(change: (event: RecordedEvent) => RecordedEvent): Plant<StorePorts> {
  return (right) => ({
    readStream: async (stream, options) => (await right.readStream(stream, options)).map(change),
    async readLog(options) {
      const { events, head } = await right.readLog(options);
      return { head, events: events.map(change) };
    },
  });
}

function listed(append: Append): readonly StreamAppend[] {
  return Array.isArray(append) ? (append as readonly StreamAppend[]) : [append as StreamAppend]; // isArray does not narrow readonly arrays
}

function relaxedOne(append: StreamAppend): StreamAppend {
  return { ...append, expectedVersion: "any" };
}

function jsonified<T extends { readonly payload: unknown }>(event: T): T {
  try {
    return { ...event, payload: JSON.parse(JSON.stringify(event.payload)) as unknown };
  } catch {
    return event;
  }
}

function coarse(value: unknown): unknown {
  if (typeof value === "number") return Math.fround(value);
  if (Array.isArray(value)) return value.map(coarse);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, coarse(member)]));
}

function withoutProto(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProto);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "__proto__");
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutProto(member)]));
}
