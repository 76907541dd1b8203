import { manualTime } from "@counterpoint/testing";
import { describe, expect, it, vi } from "vitest";
import { SseClient } from "../test/sse-client.ts";
import type { EventStreamOptions, ServerSentEvent } from "./event-stream.ts";
import { eventStream } from "./event-stream.ts";

/** A stream over a queue that the test fills. */
function open(options: Partial<EventStreamOptions> = {}) {
  const time = manualTime();
  const queue: ServerSentEvent[] = [];
  const hints = new Set<() => void>();
  const next = vi.fn<EventStreamOptions["next"]>(async () => queue.splice(0));
  const response = eventStream({
    next,
    onHint: (wake) => {
      hints.add(wake);
      return { [Symbol.dispose]: () => void hints.delete(wake) };
    },
    signals: [],
    scheduler: time,
    ...options,
  });
  return {
    time,
    next,
    hints,
    response,
    client: new SseClient(response),
    add: (...data: readonly unknown[]) => void queue.push(...data.map((each) => ({ data: each }))),
    hint: () => hints.forEach((wake) => wake()),
  };
}

describe("eventStream", () => {
  it("answers as event streams do, and says when to come back", async () => {
    const { response, client } = open();
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    await client.take();
    expect(client.asides).toEqual(["retry: 1000"]);
  });

  it("sends each event as one frame of JSON, whatever is in it", async () => {
    const { client, add } = open({
      next: async () => [
        { id: "7", data: { text: "two\nlines\r\n\n: and more\u2028" } },
        { data: null },
      ],
    });
    add("ignored");
    await client.take();
    await client.take();
    expect(client.events).toEqual([
      { id: "7", data: { text: "two\nlines\r\n\n: and more\u2028" } },
      { id: undefined, data: null },
    ]);
  });

  it("sends what comes at once when it is hinted at", async () => {
    const { client, add, hint, time } = open();
    await client.take();
    const taken = client.take();
    await time.settle();
    add("a");
    hint();
    await taken;
    expect(client.events).toEqual([{ id: undefined, data: "a" }]);
  });

  it("finds without a hint what came, after the poll interval", async () => {
    const { client, add, time } = open({ pollMs: 500 });
    await client.take();
    const taken = client.take();
    await time.settle();
    add("a");
    await time.advance(499);
    expect(client.events).toEqual([]);
    await time.advance(1);
    await taken;
    expect(client.events).toHaveLength(1);
  });

  it("misses no hint that comes while it reads", async () => {
    let release = (_events: readonly ServerSentEvent[]): void => {};
    const next = vi
      .fn<EventStreamOptions["next"]>()
      .mockImplementationOnce(() => new Promise((resolve) => (release = resolve)))
      .mockResolvedValueOnce([{ data: "came meanwhile" }]);
    const { client, hint, time } = open({ next });
    await client.take();
    const taken = client.take();
    await time.settle();
    hint();
    release([]);
    await taken;
    expect(client.events).toEqual([{ id: undefined, data: "came meanwhile" }]);
  });

  it("reads no further ahead than one batch for a client that does not take it", async () => {
    const { client, next, add, hint, time } = open();
    await client.take();
    for (let n = 0; n < 1_000; n++) {
      add(n);
      hint();
      await Promise.resolve();
    }
    await time.advance(60_000);
    expect(next.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it("holds nothing for an answer that nobody reads", async () => {
    const { hints, next, time } = open();
    await time.advance(60_000);
    expect([hints.size, time.pending, next.mock.calls.length]).toEqual([0, 0, 0]);
  });

  it("rests after each batch, however often it is hinted at", async () => {
    const { client, add, hint, time, next } = open({ restMs: 100 });
    add("first");
    await client.take();
    await client.take();
    expect(client.events).toHaveLength(1); // no rest before the first
    const taken = client.take();
    for (let n = 0; n < 99; n++) {
      add(n);
      hint();
      await time.advance(1);
    }
    expect(next).toHaveBeenCalledOnce();
    await time.advance(1);
    await taken;
    expect(client.events).toHaveLength(100);
    expect(next).toHaveBeenCalledTimes(2);
  });

  it("says that it is still there after 15 seconds of silence, also when hints lead to nothing", async () => {
    for (const hinted of [false, true]) {
      const { client, hint, time } = open({ pollMs: 1_000 });
      await client.take();
      const taken = client.take();
      for (let elapsedMs = 0; elapsedMs < 14_900; elapsedMs += 100) {
        await time.advance(100);
        if (hinted) hint();
      }
      expect(client.asides).toHaveLength(1);
      await time.advance(100);
      await taken;
      expect(client.asides).toEqual(["retry: 1000", ": still here"]);
      expect(client.events).toEqual([]);
    }
  });

  it("ends when any of its signals aborts, and holds nothing more", async () => {
    for (const index of [0, 1]) {
      const controllers = [new AbortController(), new AbortController()];
      const { client, hints, time } = open({ signals: controllers.map(({ signal }) => signal) });
      const drained = client.drain();
      await time.settle();
      controllers[index]!.abort();
      await drained;
      expect([hints.size, time.pending]).toEqual([0, 0]);
    }
  });

  it("ends at once when a signal has aborted before, and during a rest", async () => {
    const { client, next } = open({ signals: [AbortSignal.abort()] });
    await client.drain();
    expect(next).not.toHaveBeenCalled();

    const closing = new AbortController();
    const resting = open({ signals: [closing.signal], restMs: 1_000 });
    resting.add("a");
    const drained = resting.client.drain();
    await resting.time.settle();
    closing.abort();
    await drained;
    expect(resting.time.pending).toBe(0);
  });

  it("holds nothing more when the client goes away", async () => {
    const { client, hints, time } = open({ signals: [new AbortController().signal] });
    await client.take();
    void client.take();
    await time.settle();
    expect(hints.size).toBe(1);
    await client.leave();
    await time.settle();
    expect([hints.size, time.pending]).toEqual([0, 0]);
  });

  it("listens once to a signal that a hundred streams share, and ends them all", async () => {
    const closing = new AbortController();
    const listen = vi.spyOn(closing.signal, "addEventListener");
    const streams = Array.from({ length: 100 }, () => open({ signals: [closing.signal] }));
    const drained = Promise.all(streams.map(({ client }) => client.drain()));
    await streams[0]!.time.settle();
    expect(listen).toHaveBeenCalledOnce();
    closing.abort();
    await drained;
    expect(streams.every(({ hints }) => hints.size === 0)).toBe(true);
  });

  it("ends and reports when reading fails, and tells the client nothing of it", async () => {
    const report = vi.fn<(error: unknown) => void>();
    const error = new Error("hunter2");
    const { client, hints, time } = open({ next: () => Promise.reject(error), report });
    await client.drain();
    expect(report).toHaveBeenCalledExactlyOnceWith(error);
    expect(client.asides).toEqual(["retry: 1000"]);
    expect([hints.size, time.pending]).toEqual([0, 0]);
  });

  it("reports to the console when nobody else listens", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await open({ next: () => Promise.reject(new Error("no")) }).client.drain();
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});
