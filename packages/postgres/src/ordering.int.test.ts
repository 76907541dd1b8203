import type { PoolClient } from "pg";
import { afterAll, describe, expect, test } from "vitest";
import type { OpenedStore } from "../test/engines.ts";
import { openServer, openStore } from "../test/engines.ts";
import { added } from "../test/sample.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

/** Appends as a hand-written transaction would: it stays open until it is told. */
async function appendSlowly(
  { schema }: OpenedStore,
  stream: string,
): Promise<{ client: PoolClient; end: (how: string) => Promise<void> }> {
  const client = await engine.db.connect();
  await client.query("begin");
  await append(client, schema, stream);
  return {
    client,
    end: async (how) => {
      await client.query(how);
      client.release();
    },
  };
}

async function append(client: PoolClient, schema: string, stream: string): Promise<void> {
  await client.query(
    `select ${schema}.append(array[$1], '{-1}', '{1}', '{Slow}', '{1}', '{"{}"}', now())`,
    [stream],
  );
}

async function seen({ store }: OpenedStore, after = 0): Promise<string[]> {
  const { events } = await store.readLog({ after, limit: 100 });
  return events.map(({ stream }) => stream);
}

/** What a follower sees that remembers the highest position and asks for more. */
async function naive({ schema }: OpenedStore, after = 0): Promise<string[]> {
  const rows = await engine.query(
    `select stream from ${schema}.events where position > $1 order by position`,
    [after],
  );
  return rows.map(({ stream }) => String(stream));
}

describe("the in-flight registry", () => {
  test("holds back what was committed above an append that is in flight; a naive cursor loses that", async () => {
    await using opened = await openStore(engine);
    const { store } = opened;
    const slow = await appendSlowly(opened, "slow");
    const { position } = await store.append({ stream: "fast", events: added("fast", 1) });
    expect(await naive(opened)).toEqual(["fast"]);
    expect(await seen(opened)).toEqual([]);
    expect(await store.head()).toBe(0);
    await slow.end("commit");
    expect(await seen(opened)).toEqual(["slow", "fast"]);
    expect(await naive(opened, position)).toEqual([]); // "slow" is behind its cursor, for ever
  });

  test("holds for the short form of the append as well", async () => {
    await using opened = await openStore(engine);
    const client = await engine.db.connect();
    await client.query("begin");
    await client.query(`select ${opened.schema}.append_one('slow', -1, 'Slow', '1', '{}', now())`);
    await opened.store.append({ stream: "fast", events: added("fast", 1) });
    expect(await seen(opened)).toEqual([]);
    await client.query("commit");
    client.release();
    expect(await seen(opened)).toEqual(["slow", "fast"]);
  });

  test("goes on when the append in flight is rolled back, or its backend killed", async () => {
    await using opened = await openStore(engine);
    const { store } = opened;
    const slow = await appendSlowly(opened, "slow");
    await store.append({ stream: "first", events: added("k", 1) });
    await slow.end("rollback");
    expect(await seen(opened)).toEqual(["first"]);
    const killed = await appendSlowly(opened, "killed");
    await store.append({ stream: "second", events: added("k", 1) });
    const { rows } = await killed.client.query<{ pid: number }>("select pg_backend_pid() as pid");
    const gone = new Promise((resolve) => killed.client.on("error", resolve));
    await engine.query("select pg_terminate_backend($1, 5000)", [rows[0]?.pid]);
    await gone;
    killed.client.release(true);
    expect(await seen(opened)).toEqual(["first", "second"]);
  });

  test("is not held up by an unrelated transaction that stays open", async () => {
    await using opened = await openStore(engine);
    const client = await engine.db.connect();
    await client.query(`begin; create temporary table t (n integer); insert into t values (1)`);
    await opened.store.append({ stream: "s", events: added("s", 1) });
    expect(await seen(opened)).toEqual(["s"]);
    await client.query("rollback");
    client.release();
  });

  test("is not held up by an append to the log of another schema", async () => {
    await using opened = await openStore(engine);
    await using other = await openStore(engine);
    const slow = await appendSlowly(other, "slow");
    await opened.store.append({ stream: "s", events: added("s", 1) });
    expect(await seen(opened)).toEqual(["s"]);
    await slow.end("commit");
  });

  test("keeps an append in flight whose transaction has gone back to a savepoint behind it", async () => {
    await using opened = await openStore(engine);
    const slow = await appendSlowly(opened, "kept");
    await slow.client.query("savepoint here");
    await append(slow.client, opened.schema, "undone");
    await slow.client.query("rollback to savepoint here");
    await opened.store.append({ stream: "fast", events: added("fast", 1) });
    expect(await seen(opened)).toEqual([]);
    await append(slow.client, opened.schema, "late");
    await slow.end("commit");
    expect(await seen(opened)).toEqual(["kept", "fast", "late"]);
  });

  test("keeps order with a transaction that appended before and after another", async () => {
    await using opened = await openStore(engine);
    const slow = await appendSlowly(opened, "a");
    await opened.store.append({ stream: "b", events: added("b", 1) });
    await append(slow.client, opened.schema, "a");
    await opened.store.append({ stream: "b", events: added("b", 2) });
    expect(await seen(opened)).toEqual([]);
    await slow.end("commit");
    expect(await seen(opened)).toEqual(["a", "b", "a", "b"]);
  });

  test("holds for a database whose transactions are serializable", async () => {
    await using strict = openServer(20, "-c default_transaction_isolation=serializable");
    await using opened = await openStore(strict);
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        opened.store.append({ stream: "contended", events: added("k", n) }),
      ),
    );
    expect(await seen(opened)).toHaveLength(100);
  });
});

describe("serialized ordering", () => {
  test("commits positions in order, so that a naive cursor loses nothing", async () => {
    await using opened = await openStore(engine, { ordering: "serialized" });
    const { store } = opened;
    const cursor = { position: 0, seen: 0 };
    let writing = true;
    const polling = (async () => {
      for (let last = false; !last;) {
        last = !writing;
        const rows = await engine.query(
          `select position from ${opened.schema}.events where position > $1 order by position`,
          [cursor.position],
        );
        cursor.position = Number(rows.at(-1)?.["position"] ?? cursor.position);
        cursor.seen += rows.length;
      }
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 25; n++) {
          await store.append({ stream: `s-${writer}`, events: added("k", n, n) });
        }
      }),
    );
    writing = false;
    await polling;
    expect(cursor.seen).toBe(400);
  });
});

describe("versions under concurrency", () => {
  test("lets exactly one of two creates win, a hundred times", async () => {
    await using opened = await openStore(engine);
    const { store } = opened;
    for (let round = 0; round < 100; round++) {
      const create = { stream: `s-${round}`, expectedVersion: "none" } as const;
      const tries = await Promise.allSettled([
        store.append({ ...create, events: added("a", 1) }),
        store.append({ ...create, events: added("b", 1, 2) }),
      ]);
      const lost = tries.filter((each) => each.status === "rejected");
      expect(lost).toHaveLength(1);
      expect(lost[0]?.reason).toMatchObject({ code: "CONCURRENCY", expected: "none" });
    }
    expect((await engine.query(`select 1 from ${opened.schema}.streams`)).length).toBe(100);
  });

  test("never lets a stale writer pass, whatever it brings", async () => {
    await using opened = await openStore(engine);
    const { store } = opened;
    await Promise.all(
      Array.from({ length: 10 }, async (_, writer) => {
        for (let done = 0; done < 10;) {
          const version = (await store.readStream("s")).length;
          const events = added("s", ...Array.from({ length: 1 + (writer % 3) }, () => writer));
          await store.append({ stream: "s", events, expectedVersion: version }).then(
            () => done++,
            (error: unknown) => expect(error).toMatchObject({ code: "CONCURRENCY" }),
          );
        }
      }),
    );
    const events = await store.readStream("s");
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
    expect(events).toHaveLength(10 * (1 + 2 + 3 + 1 + 2 + 3 + 1 + 2 + 3 + 1));
  });

  test("lets appends to the same streams in opposite order wait for each other", async () => {
    await using opened = await openStore(engine);
    const both = ["a", "b"].map((stream) => ({ stream, events: added(stream, 1) }));
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        opened.store.append(n % 2 === 0 ? both : both.toReversed()),
      ),
    );
    expect(await opened.store.readStream("a")).toHaveLength(40);
    expect(await seen(opened)).toHaveLength(80);
  });
});
