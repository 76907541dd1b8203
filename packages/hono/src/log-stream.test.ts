import type { EventLog, RecordedEvent } from "@counterpoint/events";
import { manualTime } from "@counterpoint/testing";
import fc from "fast-check";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { SseClient } from "../test/sse-client.ts";
import { logStream } from "./log-stream.ts";
import { problems } from "./problems.ts";

type Log = Pick<EventLog, "readLog" | "onAppend">;

/** A log with gaps between positions, which hints now and then. */
function logOf(): Log & {
  append(hinted: boolean, gap?: number): void;
  readonly listeners: number;
} {
  const events: RecordedEvent[] = [];
  const listeners = new Set<() => void>();
  const head = () => events.at(-1)?.position ?? 0;
  return {
    readLog: async ({ after, limit }) => ({
      events: events.filter(({ position }) => position > after).slice(0, limit),
      head: head(),
    }),
    onAppend: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    append(hinted, gap = 0) {
      const position = head() + 1 + gap;
      const recordedAt = new Date(position);
      const metadata = { id: `event-${position}` };
      const place = { stream: "s", version: events.length + 1, position };
      events.push({ type: "Happened", payload: { position }, recordedAt, metadata, ...place });
      if (hinted) for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
}

function serve(log: Log, batchSize?: number, restMs?: number) {
  const time = manualTime();
  const closing = new AbortController();
  const app = new Hono();
  app.onError(problems());
  app.get(
    "/events",
    logStream(log, {
      signal: closing.signal,
      scheduler: time,
      ...(batchSize !== undefined && { batchSize }),
      ...(restMs !== undefined && { restMs }),
    }),
  );
  const connect = async (lastEventId?: string, path = "/events") => {
    const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
    return new SseClient(await app.request(path, { headers }));
  };
  return { app, time, closing, connect };
}

const idsOf = ({ events }: SseClient) => events.map(({ id }) => Number(id));

describe("logStream", () => {
  it("sends the whole log from its beginning, each event with its position as id", async () => {
    const log = logOf();
    for (const gap of [0, 3, 0]) log.append(true, gap);
    const { connect, time, closing } = serve(log);
    const client = await connect();
    const drained = client.drain();
    await time.settle();
    closing.abort();
    await drained;
    expect(idsOf(client)).toEqual([1, 5, 6]);
    expect(client.events[0]).toEqual({
      id: "1",
      data: {
        type: "Happened",
        payload: { position: 1 },
        stream: "s",
        version: 1,
        position: 1,
        recordedAt: new Date(1).toISOString(),
        metadata: { id: "event-1" },
      },
    });
  });

  it.each([
    ["Last-Event-ID", "2", "/events", [3]],
    ["?after", undefined, "/events?after=1", [2, 3]],
    ["Last-Event-ID before ?after", "2", "/events?after=0", [3]],
    ["an empty Last-Event-ID", "", "/events?after=2", [3]],
    ["its end", "3", "/events", []],
    ["a position of another log", "4", "/events", [1, 2, 3]],
    ["the highest position there is", String(Number.MAX_SAFE_INTEGER), "/events", [1, 2, 3]],
  ])("begins behind %s", async (_name, lastEventId, path, expected) => {
    const log = logOf();
    for (let n = 0; n < 3; n++) log.append(true);
    const { connect, time, closing } = serve(log);
    const client = await connect(lastEventId, path);
    const drained = client.drain();
    await time.settle();
    closing.abort();
    await drained;
    expect(idsOf(client)).toEqual(expected);
  });

  it.each([
    ...["-1", "1.5", "1e3", "0x10", "abc", "1,2", "9007199254740993", "99999999999999999"],
    ...["NaN", "Infinity", "١"].map(encodeURIComponent),
  ])("refuses the position %s with 400", async (position) => {
    const { app } = serve(logOf());
    const byHeader = await app.request("/events", { headers: { "Last-Event-ID": position } });
    const byQuery = await app.request(`/events?after=${position}`);
    for (const response of [byHeader, byQuery]) {
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "INVALID_POSITION" });
    }
  });

  it("sends what is appended within a rest in one batch, and the first event at once", async () => {
    const log = logOf();
    const { connect, time, closing } = serve(log, undefined, 50);
    const client = await connect();
    const drained = client.drain();
    await time.settle();
    log.append(true);
    await time.settle();
    expect(idsOf(client)).toEqual([1]);
    for (let n = 0; n < 9; n++) {
      log.append(true);
      await time.advance(5);
    }
    expect(idsOf(client)).toEqual([1]);
    await time.advance(5);
    expect(idsOf(client)).toHaveLength(10);
    closing.abort();
    await drained;
  });

  it("leaves no listener behind after a HEAD request", async () => {
    const log = logOf();
    const { app, time } = serve(log);
    for (let n = 0; n < 20; n++) await app.request("/events", { method: "HEAD" });
    await time.advance(60_000);
    expect([log.listeners, time.pending]).toEqual([0, 0]);
  });

  it("misses nothing and repeats nothing, however clients come, read and go while the log grows", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("append" as const),
        count: fc.integer({ min: 1, max: 7 }),
        hinted: fc.boolean(),
        gap: fc.nat(2),
      }),
      fc.record({ kind: fc.constant("take" as const) }),
      fc.record({ kind: fc.constant("reconnect" as const) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(5_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const log = logOf();
        const { connect, time, closing } = serve(log, 3);
        const seen: number[] = [];
        let client = await connect();
        let taking: Promise<unknown> = Promise.resolve();
        const reconnect = async () => {
          await client.leave();
          await taking;
          seen.push(...idsOf(client));
          client = await connect(seen.at(-1)?.toString());
        };
        for (const step of steps) {
          if (step.kind === "append") {
            for (let n = 0; n < step.count; n++) log.append(step.hinted, step.gap);
          } else if (step.kind === "take") taking = Promise.all([taking, client.take()]);
          else if (step.kind === "wait") await time.advance(step.ms);
          else await reconnect();
          await time.settle();
        }
        await reconnect();
        const drained = client.drain();
        await time.advance(10_000);
        closing.abort();
        await drained;
        const { events } = await log.readLog({ after: 0, limit: 10_000 });
        expect([...seen, ...idsOf(client)]).toEqual(events.map(({ position }) => position));
        expect([log.listeners, time.pending]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
