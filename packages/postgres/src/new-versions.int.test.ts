import { event, type } from "@counterpoint/bus";
import type { Projection } from "@counterpoint/read-model";
import { createProjector, projection } from "@counterpoint/read-model";
import { afterAll, describe, expect, test } from "vitest";
import type { Engine } from "../test/engines.ts";
import { openServer, openStore } from "../test/engines.ts";
import { gatedPool } from "../test/gated-pool.ts";
import { Added, added, totals } from "../test/sample.ts";
import type { PostgresStore } from "./index.ts";
import { createPostgresStore } from "./index.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

/** The next version of totals, with another shape, so that old and new cannot be taken for each other. */
const sums = projection("totals", {
  version: 2,
  events: [Added],
  columns: { key: "text", total: "text", steps: "text" },
  key: ({ payload }) => payload.key,
  on: {
    Added: (row, { payload: { key, n } }) => ({
      key,
      total: String(Number(row?.total ?? 0) + n),
      steps: `${row?.steps ?? ""}+${n}`,
    }),
  },
});

const Doubled = event("Doubled", { payload: type<{ key: string }>() });

/** Before the swap takes its locks: the replacement is built, but for the last stretch. */
const BEFORE_SWAP = /set local lock_timeout = /;
/** When all is locked and written but the commit. */
const WITHIN_SWAP = /^drop table /;

describe("a new version of an inline projection", () => {
  test("is built beside, while writers and readers of the old one go on as ever", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 1_200);
    const gated = gatedPool(engine.db, BEFORE_SWAP);
    const next = createPostgresStore(gated.db, { schema, inline: [sums] });
    const building = next.readModel(sums).get("k-0");
    await gated.reached;
    expect((await old.readModel(totals).get("k-0"))?.total).toBe(400);
    await old.append({ stream: "s", events: added("k-0", 7) });
    expect((await old.readModel(totals).get("k-0"))?.total).toBe(407);
    expect(await kept(schema)).toEqual(["totals@1 inline", "totals__next2@2"]);
    gated.open();
    expect((await building)?.total).toBe("407");
    expect(await kept(schema)).toEqual(["totals@2 inline"]);
    await next.append({ stream: "s", events: added("k-0", 1) });
    await assertFolded(next);
  });

  test("refuses each way to append of the old one from the swap on, and its readers, and says why", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    const fresh = createPostgresStore(engine.db, { schema, inline: [totals] });
    await old.append({ stream: "s", events: added("k", 1) });
    for (const store of [fresh, old]) {
      for (const write of waysToAppend) await write(store); // so that documents are remembered
      await store.readModel(totals).get("k");
    }
    const { length } = await old.readStream("s");
    const next = createPostgresStore(engine.db, { schema, inline: [sums] });
    await next.append({ stream: "s", events: added("k", 2) });
    const late = createPostgresStore(engine.db, { schema, inline: [totals] });
    for (const write of waysToAppend) {
      for (const store of [old, fresh]) {
        await expect(write(store)).rejects.toMatchObject({
          code: "UNAVAILABLE",
          message: expect.stringContaining("not in this version"),
        });
      }
      await expect(write(late)).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining("out of date"),
      });
    }
    for (const store of [old, fresh, late]) {
      for (const reading of [
        () => store.readModel(totals).get("k"),
        () => store.readModel(totals).find({ where: { total: 3 } }),
      ]) {
        await expect(reading()).rejects.toMatchObject({
          code: "UNAVAILABLE",
          message: expect.stringContaining("version 2"),
        });
      }
    }
    expect(await next.readStream("s")).toHaveLength(length + 1);
    await assertFolded(next);
  });

  test("loses and doubles nothing when several build it at once under writers of both versions", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 1_200);
    let isDone = false;
    const refused = new Set<unknown>();
    const writers = [0, 1, 2].map(async (writer) => {
      const store = createPostgresStore(engine.db, { schema, inline: [totals] });
      for (let n = 0; !isDone; n++) {
        const write = waysToAppend[(n + writer) % waysToAppend.length]!;
        try {
          await write(store, `w-${writer}`);
        } catch (error) {
          expect(error).toMatchObject({ code: "UNAVAILABLE" });
          refused.add(writer);
          return;
        }
      }
    });
    const answers: unknown[] = [];
    const read = async (): Promise<never> => {
      for (;;) answers.push((await old.readModel(totals).get("k-0"))?.trail);
    };
    const reader = settled(read());
    const nexts = [0, 1, 2].map(() => createPostgresStore(engine.db, { schema, inline: [sums] }));
    await Promise.all(
      nexts.map(async (store, writer) => {
        for (const write of waysToAppend) await write(store, `n-${writer}`);
      }),
    );
    await Promise.all(writers).finally(() => (isDone = true));
    expect(await reader).toMatchObject({ code: "UNAVAILABLE" });
    expect(refused.size).toBe(3);
    for (let n = 1; n < answers.length; n++) {
      expect(String(answers[n]).startsWith(String(answers[n - 1]))).toBe(true);
    }
    expect(await kept(schema)).toEqual(["totals@2 inline"]);
    await assertFolded(nexts[0]!);
  });

  test("is gone on with by another process when the one that builds dies in the middle of the swap", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 1_200);
    const gated = gatedPool(engine.db, WITHIN_SWAP);
    const dying = createPostgresStore(gated.db, { schema, inline: [sums] });
    const building = settled(dying.readModel(sums).get("k-0"));
    await engine.query("select pg_terminate_backend($1)", [await gated.reached]);
    gated.open();
    expect(await building).toMatchObject({ code: "UNAVAILABLE" });
    expect(await kept(schema)).toEqual(["totals@1 inline", "totals__next2@2"]);
    expect((await old.readModel(totals).get("k-0"))?.total).toBe(400);
    await old.append({ stream: "s", events: added("k-0", 5) });
    const replayed: number[] = [];
    const next = createPostgresStore(engine.db, { schema, inline: [counting(replayed)] });
    expect((await next.readModel(sums).get("k-0"))?.total).toBe("405");
    expect(replayed).toHaveLength(201); // what came after the two batches that were stored
    await assertFolded(next);
  });

  test("lets no append pass it by while the two are swapped, also of what the old one did not follow", async () => {
    const curious = projection("totals", {
      version: 2,
      events: [Added, Doubled],
      columns: { key: "text", total: "text", steps: "text" },
      key: ({ payload }) => payload.key,
      on: {
        Added: (row, event) => sums.apply(row, event) ?? undefined,
        Doubled: (row) => row && { ...row, total: String(2 * Number(row.total)) },
      },
    });
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 3);
    const gated = gatedPool(engine.db, WITHIN_SWAP);
    const next = createPostgresStore(gated.db, { schema, inline: [curious] });
    const building = next.readModel(curious).get("k-0");
    await gated.reached;
    const append = { stream: "s", events: [Doubled({ key: "k-0" })] };
    const appending = settled(old.append(append));
    await Promise.race([appending, waitsForStreams(schema)]);
    gated.open();
    expect((await building)?.total).toBe("1");
    expect(await appending).toMatchObject({ code: "UNAVAILABLE" });
    await next.append(append);
    expect((await next.readModel(curious).get("k-0"))?.total).toBe("2");
    expect(await next.readStream("s")).toHaveLength(1);
  });

  test("leaves nothing behind when another process was faster, wherever it was overtaken", async () => {
    for (const where of [/counterpoint relations/, /left join .*__next2/, BEFORE_SWAP]) {
      await using opened = await openStore(engine, { inline: [totals] });
      const { store: old, schema } = opened;
      await fill(old, 600);
      const gated = gatedPool(engine.db, where);
      const slow = createPostgresStore(gated.db, { schema, inline: [sums] });
      const building = slow.append({ stream: "s", events: added("k-0", 1) });
      await gated.reached;
      if (where === BEFORE_SWAP) await old.append({ stream: "s", events: added("k-0", 3) });
      const fast = createPostgresStore(engine.db, { schema, inline: [sums] });
      const first = fast.append({ stream: "s", events: added("k-0", 2) });
      if (where !== BEFORE_SWAP) await first;
      gated.open();
      await Promise.all([first, building]);
      expect(await kept(schema)).toEqual(["totals@2 inline"]);
      await assertFolded(fast);
    }
  });

  test("is left to the newest of several versions, which clears away the others", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 600);
    const third = { ...sums, version: 3, as: sums.as };
    const gated = gatedPool(engine.db, /counterpoint relations/, 2); // its replacement is there
    const second = createPostgresStore(gated.db, { schema, inline: [sums] });
    const building = settled(second.append({ stream: "s", events: added("k-0", 1) }));
    await gated.reached;
    expect(await kept(schema)).toEqual(["totals@1 inline", "totals__next2@2"]);
    const newest = createPostgresStore(engine.db, { schema, inline: [third] });
    await newest.append({ stream: "s", events: added("k-0", 2) });
    expect(await kept(schema)).toEqual(["totals@3 inline"]);
    gated.open();
    expect(await building).toMatchObject({ code: "UNAVAILABLE" });
    expect(await kept(schema)).toEqual(["totals@3 inline"]);
    await assertFolded(newest);
  });

  test("leaves the old one in place while an event does not fit it, and is built when that is repaired", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 3);
    const broken = {
      ...sums,
      apply: () => {
        throw new Error("out of ink");
      },
    };
    const failing = createPostgresStore(engine.db, { schema, inline: [broken as never] });
    for (const attempt of [1, 2]) {
      await expect(
        failing.append({ stream: "s", events: added("k-0", attempt) }),
      ).rejects.toMatchObject({ code: "HANDLER_FAILED" });
    }
    expect(await kept(schema)).toEqual(["totals@1 inline", "totals__next2@2"]);
    await old.append({ stream: "s", events: added("k-0", 3) });
    const next = createPostgresStore(engine.db, { schema, inline: [sums] });
    await next.append({ stream: "s", events: added("k-0", 4) });
    await assertFolded(next);
  });

  test("shares its replacement with a projector that rebuilds what it finds begun", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 1_200);
    const gated = gatedPool(engine.db, BEFORE_SWAP);
    const next = createPostgresStore(gated.db, { schema, inline: [sums] });
    const building = next.append({ stream: "s", events: added("k-0", 1) });
    await gated.reached;
    await using projector = createProjector(next, {
      projections: [],
      inline: [sums as never],
      pollIntervalMs: 10,
      retryDelayMs: () => 10,
    });
    await projector.start();
    expect((await projector.status()).rebuilds).toHaveLength(1);
    gated.open();
    await building;
    while ((await projector.status()).rebuilds.length > 0) await turn();
    expect(await kept(schema)).toEqual(["totals@2 inline"]);
    await projector.rebuild("totals", { mode: "beside" });
    await next.append({ stream: "s", events: added("k-0", 1) });
    expect(await kept(schema)).toEqual(["totals@2 inline"]);
    await assertFolded(next);
  });

  test("takes the place of an asynchronous one, whose letters go with it", async () => {
    await using opened = await openStore(engine);
    const { store: old, schema } = opened;
    await fill(old, 4);
    const [event] = (await old.readLog({ after: 0, limit: 1 })).events;
    await old.prepare(totals as never, 3);
    const lease = (await old.acquire(totals, { partition: 0, owner: "a", leaseMs: 60_000 }))!;
    const poison = { event: event!, error: "no", attempts: 1, policy: "park" } as const;
    const step = { from: 0, to: event!.position, lease, poison };
    await old.applyBatch({ projection: totals as never, events: [], ...step });
    expect(await old.countDeadLetters("totals")).toBe(1);
    const next = createPostgresStore(engine.db, { schema, inline: [sums] });
    await next.append({ stream: "s", events: added("k-0", 1) });
    expect(await next.countDeadLetters("totals")).toBe(0);
    expect(await kept(schema)).toEqual(["totals@2 inline"]);
    await assertFolded(next);
    expect(await old.renew(lease, 60_000)).toBeUndefined();
  });

  test("gives up, with the old one in place, while somebody reads that for long", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store: old, schema } = opened;
    await fill(old, 3);
    const client = await engine.db.connect();
    await client.query(`begin; select * from ${schema}.totals`); // a report that takes its time
    const next = createPostgresStore(engine.db, { schema, inline: [sums] });
    await expect(next.readModel(sums).get("k-0")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await old.append({ stream: "s", events: added("k-0", 3) });
    await client.query("commit");
    client.release();
    expect((await next.readModel(sums).get("k-0"))?.total).toBe("4");
    await assertFolded(next);
  });
});

describe("an append", () => {
  test.each(waysOf())(
    "%s waits for the streams before it touches a read model",
    async (_, write) => {
      await using opened = await openStore(engine, { inline: [totals] });
      const { store, schema } = opened;
      for (let n = 0; n < 3; n++) await write(store); // its statements are prepared, and its documents known
      const client = await engine.db.connect();
      try {
        await client.query(`begin; lock table ${schema}.streams in share mode`);
        const appending = settled(write(store));
        await waitsForStreams(schema);
        await client.query(`lock table ${schema}.totals in access exclusive mode nowait; commit`);
        expect(await appending).not.toBeInstanceOf(Error);
      } finally {
        await client.query("rollback");
        client.release();
      }
    },
  );
});

type Write = (store: PostgresStore, stream?: string) => Promise<unknown>;

/** One for each statement that an append may become. */
function waysOf(): readonly (readonly [string, Write])[] {
  return [
    ["of one event", (store, stream = "s") => store.append({ stream, events: added("k-0", 1) })],
    [
      "of two events",
      (store, stream = "s") => store.append({ stream, events: added("k-0", 2, 3) }),
    ],
    [
      "to two streams",
      (store, stream = "s") =>
        store.append([
          { stream, events: added("k-1", 4) },
          { stream: `${stream}-2`, events: added("k-2", 5) },
        ]),
    ],
    [
      "of many documents",
      (store, stream = "s") =>
        store.append({
          stream,
          events: Array.from({ length: 70 }, (_, n) => Added({ key: `many-${n}`, n })),
        }),
    ],
    [
      "with a state",
      (store, stream = "s") =>
        store.saveState({ stream, events: added("k-0", 6), collection: "c", id: stream, state: 1 }),
    ],
  ];
}

const waysToAppend = waysOf().map(([, write]) => write);

/** Spreads events over three documents. */
async function fill(store: PostgresStore, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => Added({ key: `k-${n % 3}`, n: 1 }));
  for (let at = 0; at < count; at += 300) {
    await store.append({ stream: "filled", events: events.slice(at, at + 300) });
  }
}

/** Asserts that each event of the log is in the documents, once and in order. */
async function assertFolded(store: PostgresStore): Promise<void> {
  const { events } = await store.readLog({ after: 0, limit: 100_000 });
  const expected = new Map<string, string>();
  for (const { payload } of events) {
    const { key, n } = payload as { key: string; n: number }; // all are Added
    expected.set(key, `${expected.get(key) ?? ""}+${n}`);
  }
  const { documents } = await store.readModel(sums).find({ limit: 1_000 });
  expect(new Map(documents.map(({ key, steps }) => [key, steps]))).toEqual(
    new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/** What the database keeps, and has tables for. */
async function kept(schema: string): Promise<readonly string[]> {
  const rows = await (engine as Engine).query(
    `select name || '@' || version || case when inline then ' inline' else '' end as row
     from ${schema}.projections order by name, partition`,
  );
  const tables = await engine.query(
    `select relname from pg_class where relnamespace = '${schema}'::regnamespace and relname like 'totals%' and relkind = 'r' order by 1`,
  );
  const relations = await engine.query(
    `select name from ${schema}.relations where kind = 'read_model' order by name`,
  );
  const names = rows.map(({ row }) => String(row));
  const known = [...new Set(names.map((name) => name.split("@")[0]))];
  expect(tables.map(({ relname }) => relname)).toEqual(known);
  expect(relations.map(({ name }) => name)).toEqual(known);
  return names;
}

function counting(replayed: number[]): Projection {
  return {
    ...(sums as unknown as Projection), // documents only pass through
    apply(row, event) {
      replayed.push(event.position);
      return sums.apply(row as never, event);
    },
  };
}

async function waitsForStreams(schema: string): Promise<void> {
  const waits = `select from pg_locks where not granted and relation = '${schema}.streams'::regclass`;
  while ((await engine.query(waits)).length === 0) await turn();
}

/** What it comes to, or why it fails; handled from the start, whenever it is looked at. */
function settled(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => error);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
