import { EventEmitter } from "node:events";
import { rm } from "node:fs/promises";
import { createProjector } from "@counterpoint/read-model";
import { Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { makeFolder, openServer, openStore } from "../test/engines.ts";
import { added, totals } from "../test/sample.ts";
import { startEmbeddedPostgres } from "./embedded.ts";
import { createPostgresStore, migrate } from "./index.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

const unavailable = (outcome: "none" | "unknown"): object => ({
  name: "EventStoreError",
  code: "UNAVAILABLE",
  details: { outcome },
});

describe("a store without its server", () => {
  test("says UNAVAILABLE, and that nothing was written when nothing was sent", async () => {
    const pool = new Pool({ host: "127.0.0.1", port: 1, user: "nobody", max: 2 });
    const store = createPostgresStore(pool);
    const refused = { ...unavailable("none"), cause: { code: "ECONNREFUSED" } };
    await expect(store.append({ stream: "s", events: added("s", 1) })).rejects.toMatchObject(
      refused,
    );
    await expect(store.head()).rejects.toMatchObject(refused);
    await expect(store.loadState("users", "1")).rejects.toMatchObject(refused);
    await expect(store.readModel(totals).get("k")).rejects.toMatchObject({
      name: "ReadModelError",
      code: "UNAVAILABLE",
    });
    await pool.end();
  });

  test("says UNAVAILABLE when the pool has none to give in time, or is ended", async () => {
    const pool = new Pool({
      connectionString: inject("connectionString"),
      max: 1,
      connectionTimeoutMillis: 500,
    });
    const store = createPostgresStore(pool);
    const client = await pool.connect();
    await expect(store.head()).rejects.toMatchObject(unavailable("none"));
    client.release();
    await pool.end();
    await expect(store.head()).rejects.toMatchObject(unavailable("none"));
  });
});

describe("a lost connection", () => {
  test("leaves the outcome of a plain append unknown, and the next one works", async () => {
    await using opened = await openStore(engine);
    const { store, schema } = opened;
    const blocker = await engine.db.connect();
    await store.append({ stream: "s", events: added("s", 1) });
    await blocker.query(`begin; update ${schema}.streams set version = version where true`);
    const append = store.append({ stream: "s", events: added("s", 2) });
    const failed = append.catch((error: unknown) => error);
    await killWhoeverWaits(schema);
    const error = await failed;
    await blocker.query("rollback");
    blocker.release();
    expect(error).toMatchObject(unavailable("unknown"));
    await store.append({ stream: "s", events: added("s", 3), expectedVersion: 1 });
  });

  test("leaves nothing of an append in a transaction before its commit", async () => {
    const looksAtPositions: typeof totals = {
      ...totals,
      apply: (row, event) => totals.apply(row, { ...event, position: event.position }),
    };
    await using opened = await openStore(engine, { inline: [looksAtPositions] });
    const { store, schema } = opened;
    await store.append({ stream: "s", events: added("k", 1) });
    const blocker = await engine.db.connect();
    await blocker.query(`begin; lock table ${schema}.totals in exclusive mode`);
    const append = store.append({ stream: "s", events: added("k", 2) });
    const failed = append.catch((error: unknown) => error);
    await killWhoeverWaits(schema);
    const error = await failed;
    await blocker.query("rollback");
    blocker.release();
    expect(error).toMatchObject(unavailable("none"));
    expect(await store.readStream("s")).toHaveLength(1);
  });

  async function killWhoeverWaits(schema: string): Promise<void> {
    for (;;) {
      const killed = await engine.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where wait_event_type = 'Lock' and position($1 in query) > 0 and pid <> pg_backend_pid()`,
        [`"${schema}"`],
      );
      if (killed.length > 0) return;
    }
  }
});

describe("the pool", () => {
  test("may hand out a client that is lost in the same moment, and the process lives", async () => {
    const client = Object.assign(new EventEmitter(), {
      query: () => Promise.reject(new Error("Client has encountered a connection error")),
      release: () => undefined,
    });
    const pool = Object.assign(new EventEmitter(), {
      totalCount: 1,
      connect: (callback: (error: undefined, given: typeof client) => void) => {
        callback(undefined, client);
        client.emit("error", new Error("terminating connection")); // throws when nobody listens
      },
    });
    await expect(createPostgresStore(pool).head()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(client.listenerCount("error")).toBe(0);
  });

  test("gets every client back, none of them in a transaction, whatever fails", async () => {
    const pool = new Pool({ connectionString: inject("connectionString"), max: 3 });
    await using opened = await openStore(
      { ...engine, db: pool, query: engine.query },
      { inline: [totals] },
    );
    const { store } = opened;
    await Promise.allSettled([
      ...Array.from({ length: 10 }, () =>
        store.append({ stream: "s", events: added("k", 1), expectedVersion: "none" }),
      ),
      store.append({ stream: "bad", events: added("", 1) }),
      store.readLog({ after: -1, limit: 1 }),
    ]);
    expect(pool.idleCount).toBe(pool.totalCount);
    expect(pool.waitingCount).toBe(0);
    const states = await engine.query(
      `select state from pg_stat_activity where state like 'idle in transaction%' and query ~ $1`,
      [opened.schema],
    );
    expect(states).toEqual([]);
    expect(pool.totalCount).toBe(3); // a conflict costs no connection
    await pool.end();
  });
});

describe("a server that is stopped and started again", () => {
  test("finds the projector going on by itself, with nothing lost and nothing twice", async () => {
    const dataDir = await makeFolder();
    let server = await startEmbeddedPostgres({ dataDir });
    const { connectionString } = server;
    const port = Number(new URL(connectionString).port);
    const pool = new Pool({ connectionString, max: 8 });
    await migrate(pool);
    const store = createPostgresStore(pool, { inline: [totals.as("totals_sync")], listen: true });
    const eventual = totals.as("totals_eventual");
    const projector = createProjector(store, {
      projections: [eventual],
      retryDelayMs: () => 20,
      pollIntervalMs: 50,
    });
    await projector.start();
    const acknowledged: number[] = [];
    const codes = new Set<unknown>();
    let writing = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; writing; n++) {
        try {
          const events = added(`k-${writer}`, n);
          acknowledged.push((await store.append({ stream: `s-${writer}`, events })).position);
        } catch (error) {
          codes.add((error as { code?: unknown }).code);
        }
      }
    });
    for (let round = 0; round < 2; round++) {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 50);
      await server.stop();
      await until(() => codes.size > 0);
      server = await startEmbeddedPostgres({ dataDir, port });
    }
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 50);
    writing = false;
    await Promise.all(writers);
    expect([...codes]).toEqual(["UNAVAILABLE"]);
    const { token } = await store.append({ stream: "end", events: added("end", 1) });
    await projector.waitFor(token, { timeoutMs: 10_000 });
    const events = (await store.readLog({ after: 0, limit: 1_000_000 })).events;
    const stored = new Set(events.map(({ position }) => position));
    expect(acknowledged.filter((position) => !stored.has(position))).toEqual([]);
    const sync = await store.readModel(totals.as("totals_sync")).find();
    expect((await store.readModel(eventual).find()).documents).toEqual(sync.documents);
    const trail = events
      .filter(({ stream }) => stream === "s-0")
      .map(({ payload }) => `${(payload as { n: number }).n};`);
    expect(sync.documents.find(({ key }) => key === "k-0")?.trail).toBe(trail.join(""));
    await projector.stop();
    await pool.end();
    await server.stop();
    await rm(dataDir, { recursive: true });
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
