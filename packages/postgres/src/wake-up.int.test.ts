import type { Scheduler } from "@counterpoint/events";
import { afterAll, describe, expect, test } from "vitest";
import type { Engine } from "../test/engines.ts";
import { openPgliteEngine, openServer, openStore } from "../test/engines.ts";
import { added } from "../test/sample.ts";
import { createPostgresStore } from "./index.ts";

const server = openServer();
afterAll(() => server[Symbol.asyncDispose]());

/** Resolves with the next call of the listener. */
function listener(): { heard: () => Promise<void>; listen: () => void; calls: () => number } {
  let calls = 0;
  let wake: (() => void) | undefined;
  return {
    calls: () => calls,
    heard: () => new Promise((resolve) => (wake = resolve)),
    listen: () => {
      calls++;
      wake?.();
    },
  };
}

describe.each([
  [
    "a real server",
    () => Promise.resolve<Engine>({ ...server, [Symbol.asyncDispose]: async () => {} }),
  ],
  ["PGlite", openPgliteEngine as () => Promise<Engine>],
])("onAppend on %s", (_name, open) => {
  test("hears of the appends of another store", async () => {
    await using engine = await open();
    await using opened = await openStore(engine, { listen: true });
    const other = createPostgresStore(engine.db, { schema: opened.schema, listen: true });
    const { heard, listen, calls } = listener();
    const connected = heard(); // it polls once when it is connected
    using _hint = opened.store.onAppend(listen);
    await connected;
    const told = heard();
    await other.append({ stream: "s", events: added("s", 1) });
    await told;
    expect(calls()).toBeGreaterThanOrEqual(2);
  });
});

describe("onAppend", () => {
  test("connects again when its connection is lost, and wakes, for it may have missed something", async () => {
    await using opened = await openStore(server, { listen: true });
    const { heard, listen, calls } = listener();
    const connected = heard();
    using _hint = opened.store.onAppend(listen);
    await connected;
    const again = heard();
    const killed = await server.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where query = $1`,
      [`listen "${opened.schema}_events"`],
    );
    expect(killed).toHaveLength(1);
    await again;
    const told = heard();
    const before = calls();
    await createPostgresStore(server.db, { schema: opened.schema, listen: true }).append({
      stream: "s",
      events: added("s", 1),
    });
    await told;
    expect(calls()).toBeGreaterThan(before);
  });

  test("gives its connection back when nobody listens any more", async () => {
    await using opened = await openStore(server, { listen: true });
    const { heard, listen } = listener();
    const connected = heard();
    const hint = opened.store.onAppend(listen);
    await connected;
    hint[Symbol.dispose]();
    while (server.db.idleCount < server.db.totalCount) await server.query("select 1");
    const listening = await server.query("select pg_listening_channels()");
    expect(listening).toEqual([]);
  });

  test("notifies once for many appends, and once more for those that came meanwhile", async () => {
    const tasks: (() => void)[] = [];
    const scheduler: Scheduler = {
      after: (_delayMs, task) => {
        tasks.push(task);
        return { [Symbol.dispose]: () => undefined };
      },
    };
    const sent: string[] = [];
    const client = {
      query: async ({ text }: { text: string }) => {
        sent.push(text);
        return { rows: [["{0}", "{1}"]] };
      },
      release: () => undefined,
      on: () => undefined,
      removeListener: () => undefined,
    };
    const pool = {
      totalCount: 1,
      on: () => undefined,
      listenerCount: () => 1,
      connect: (callback: (error: undefined, given: typeof client) => void) =>
        callback(undefined, client),
    };
    const store = createPostgresStore(pool, { listen: true, scheduler });
    const notifications = (): number => sent.filter((text) => text.includes("pg_notify")).length;
    for (let n = 0; n < 10; n++) await store.append({ stream: "s", events: added("s", n) });
    expect(notifications()).toBe(1);
    tasks.shift()?.();
    await store.append({ stream: "s", events: added("s", 11) });
    expect(notifications()).toBe(2);
    tasks.shift()?.();
    tasks.shift()?.();
    await store.append({ stream: "s", events: added("s", 12) });
    expect(notifications()).toBe(4);
  });
});
