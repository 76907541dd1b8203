import { beforeEach, describe, expect, it } from "vitest";
import { connectLive } from "./connect.ts";

let sources: FakeSource[];
let timers: Map<() => void, number>;
let heard: unknown[];

describe("connectLive", () => {
  beforeEach(() => {
    sources = [];
    timers = new Map();
    heard = [];
  });

  it("follows the log from a little before the head that the first status tells", () => {
    connect();
    expect(urls()).toEqual(["/lab/status/stream"]);
    sources[0]!.say({ head: 1_000 });
    sources[0]!.say({ head: 1_001 });
    expect(urls()).toEqual(["/lab/status/stream", "/events?after=940"]);
  });

  it("hands an event over at once, and what follows closely in portions", () => {
    connect();
    sources[0]!.say({ head: 0 });
    heard = [];
    sources[1]!.say({ position: 1 });
    expect(heard).toEqual([[{ position: 1 }]]);
    sources[1]!.say({ position: 2 });
    sources[1]!.say({ position: 3 });
    expect(heard).toHaveLength(1);
    runTimers();
    expect(heard.slice(1)).toEqual([[{ position: 2 }, { position: 3 }]]);
    runTimers();
    sources[1]!.say({ position: 4 });
    expect(heard.slice(2)).toEqual([[{ position: 4 }]]);
  });

  it("says that the connection is lost, and follows the log anew when it is back", () => {
    connect();
    sources[0]!.open();
    sources[0]!.say({ head: 5 });
    sources[1]!.say({ position: 4 });
    sources[1]!.say({ position: 5 });
    sources[0]!.fail(0);
    expect(heard).toEqual([true, { head: 5 }, [{ position: 4 }], false]);
    expect(sources[1]!.closed).toBe(true);

    runTimers(); // what was gathered from the old log is dropped
    sources[0]!.open();
    sources[0]!.say({ head: 1 });
    expect(heard.slice(4)).toEqual([true, { head: 1 }]);
    expect(urls()).toEqual(["/lab/status/stream", "/events?after=0", "/events?after=0"]);
  });

  it("opens the stream itself when the browser has given up", () => {
    connect();
    sources[0]!.fail(2);
    expect(urls()).toEqual(["/lab/status/stream"]);
    runTimers();
    expect(urls()).toEqual(["/lab/status/stream", "/lab/status/stream"]);
  });

  it("stays silent and opens nothing more after it was told to stop", () => {
    const disconnect = connect();
    sources[0]!.say({ head: 0 });
    sources[1]!.say({ position: 1 });
    sources[1]!.say({ position: 2 });
    heard = [];
    disconnect();
    runTimers();
    expect(heard).toEqual([]);
    expect(sources.every(({ closed }) => closed)).toBe(true);
  });
});

function connect(): () => void {
  const note = (what: unknown) => void heard.push(what);
  return connectLive(
    { onConnection: note, onStatus: note, onEvents: note },
    {
      open(url) {
        const source = new FakeSource(url);
        sources.push(source);
        return source as unknown as EventSource; // has what `connectLive` uses
      },
      after(ms, act) {
        timers.set(act, ms);
        return () => timers.delete(act);
      },
    },
  );
}

function urls(): string[] {
  return sources.map(({ url }) => url);
}

function runTimers(): void {
  const due = [...timers.keys()];
  timers.clear();
  for (const act of due) act();
}

class FakeSource {
  readonly CLOSED = 2;
  readonly url: string;
  readyState = 0;
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string) {
    this.url = url;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(data: unknown): void {
    this.onmessage?.({ data: JSON.stringify(data) });
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }

  close(): void {
    this.closed = true;
    this.readyState = 2;
  }
}
