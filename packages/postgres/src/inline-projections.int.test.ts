import { createProjector, partitionOf, projection } from "@counterpoint/read-model";
import { afterAll, describe, expect, test } from "vitest";
import { openServer, openStore } from "../test/engines.ts";
import { Added, added, totals, totalsAgain } from "../test/sample.ts";
import { createPostgresStore } from "./index.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

describe("an inline projection that is new to the database", () => {
  test("is built from the log before it is read", async () => {
    await using opened = await openStore(engine);
    const { schema } = opened;
    for (let n = 0; n < 12; n++) {
      await opened.store.append({
        stream: "s",
        events: added(`k-${n % 2}`, ...Array(100).fill(n)),
      });
    }
    const store = createPostgresStore(engine.db, { schema, inline: [totals] });
    expect((await store.readModel(totals).get("k-1"))?.total).toBe(3_600);
  });

  test("is built before the first append, while writers that do not know it go on", async () => {
    await using opened = await openStore(engine);
    const { schema } = opened;
    let writing = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; writing; n++) {
        try {
          await opened.store.append({ stream: `s-${writer}`, events: added("k", n) });
        } catch (error) {
          expect(error).toMatchObject({ code: "UNAVAILABLE", message: /inline projections/ });
          return;
        }
      }
    });
    const stores = [1, 2, 3, 4].map(() =>
      createPostgresStore(engine.db, { schema, inline: [totals] }),
    );
    await Promise.all(stores.map((store) => store.append({ stream: "s", events: added("k", -1) })));
    writing = false;
    await Promise.all(writers);
    const { events } = await stores[0]!.readLog({ after: 0, limit: 100_000 });
    const trail = events.map(({ payload }) => `${(payload as { n: number }).n};`).join("");
    expect((await stores[0]!.readModel(totals).get("k"))?.trail).toBe(trail);
  });

  test("makes writers that do not apply it fail, rather than leave it behind", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store, schema } = opened;
    await store.append({ stream: "s", events: added("k", 1) });
    const unaware = createPostgresStore(engine.db, { schema });
    for (const events of [added("k", 2), added("k", 3, 4)]) {
      await expect(unaware.append({ stream: "s", events })).rejects.toMatchObject({
        code: "UNAVAILABLE",
      });
    }
    expect(await unaware.readStream("s")).toHaveLength(1);
    await engine.query(`delete from ${schema}.projections where name = 'totals'`);
    await unaware.append({ stream: "s", events: added("k", 2) });
  });

  test("takes over from an asynchronous one where that has got to", async () => {
    await using opened = await openStore(engine);
    const { store, schema } = opened;
    await store.append({ stream: "s", events: added("k", 1, 2, 3) });
    const { events } = await store.readLog({ after: 0, limit: 2 });
    await store.applyBatch({ projection: totals as never, events, from: 0, to: 2 });
    const later = createPostgresStore(engine.db, { schema, inline: [totals] });
    expect((await later.readModel(totals).get("k"))?.trail).toBe("1;2;3;");
    await expect(
      store.applyBatch({ projection: totals as never, events: [], from: 3, to: 4 }),
    ).rejects.toThrow(/applied inline/);
  });

  test("begins anew where an asynchronous one had partitions, or had set events aside", async () => {
    await using opened = await openStore(engine);
    const { store, schema } = opened;
    await store.append({ stream: "s", events: added("k", 1, 2, 3) });
    await store.append({ stream: "s", events: added("other", 4, 5) });
    const { events } = await store.readLog({ after: 0, limit: 10 });
    for (const name of ["divided", "parked"]) {
      const each = totals.as(name) as never;
      await store.prepare(each, name === "divided" ? 2 : 1);
      const partition = name === "divided" ? partitionOf("k", 2) : 0;
      const lease = (await store.acquire(each, { partition, owner: "w", leaseMs: 60_000 }))!;
      const poison = { event: events[0]!, error: "no", attempts: 1, policy: "park" } as const;
      await store.applyBatch({
        ...{ projection: each, from: 0, to: events[2]!.position, lease },
        ...(name === "parked" ? { events: [], poison } : { events: events.slice(0, 3) }),
      });
    }
    const inline = [totals.as("divided"), totals.as("parked")];
    const later = createPostgresStore(engine.db, { schema, inline });
    await later.append({ stream: "s", events: added("k", 6) });
    for (const each of inline) {
      const { documents } = await later.readModel(each).find();
      expect(documents.map(({ trail }) => trail)).toEqual(["1;2;3;6;", "4;5;"]);
      expect(await later.countDeadLetters(each.name)).toBe(0);
    }
    const rows = await engine.query(`select name from ${schema}.projections order by name`);
    expect(rows.map(({ name }) => name)).toEqual(["divided", "parked"]);
  });

  test("is built anew by a higher version, and refuses the lower one", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store, schema } = opened;
    await store.append({ stream: "s", events: added("k", 1) });
    const next = createPostgresStore(engine.db, { schema, inline: [totalsAgain] });
    await next.append({ stream: "s", events: added("k", 2) });
    expect((await next.readModel(totalsAgain).get("k"))?.trail).toBe("1;2;");
    await expect(store.append({ stream: "s", events: added("k", 3) })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
  });
});

describe("an inline projection", () => {
  test("is folded in the order of the log, whoever shares its documents", async () => {
    const other = totals.as("others");
    await using opened = await openStore(engine, { inline: [totals, other] });
    const { schema } = opened;
    const stores = [
      opened.store,
      createPostgresStore(engine.db, { schema, inline: [totals, other] }),
    ];
    await Promise.all(
      Array.from({ length: 12 }, async (_, writer) => {
        const store = stores[writer % 2]!;
        for (let n = 0; n < 25; n++) {
          const shared = added(`k-${(writer + n) % 3}`, n);
          const own = added(`own-${writer}`, n, -n);
          if (n % 5 === 0)
            await store.append({ stream: `both-${writer}`, events: [...own, ...shared] });
          else if (n % 5 === 1)
            await store.append({
              stream: `new-${writer}-${n}`,
              events: own,
              expectedVersion: "none",
            });
          else if (n % 5 === 2)
            await store.saveState({
              stream: `st-${writer}`,
              events: own,
              collection: "c",
              id: String(writer),
              state: n,
            });
          else await store.append({ stream: `s-${writer}`, events: n % 2 ? own : shared });
        }
      }),
    );
    const { events } = await opened.store.readLog({ after: 0, limit: 100_000 });
    const trails = new Map<string, string>();
    for (const { payload } of events) {
      const { key, n } = payload as { key: string; n: number };
      trails.set(key, `${trails.get(key) ?? ""}${n};`);
    }
    for (const each of [totals, other]) {
      const { documents } = await opened.store.readModel(each).find();
      expect(new Map(documents.map(({ key, trail }) => [key, trail]))).toEqual(
        new Map([...trails].sort(([a], [b]) => (a < b ? -1 : 1))),
      );
    }
  });

  test("is folded on documents as they are, when something else has changed what was remembered", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { store, schema } = opened;
    await store.append({ stream: "s", events: added("k", 1) });
    await engine.query(`update ${schema}.totals set total = 100`);
    await store.append({ stream: "s", events: added("k", 1) });
    expect((await store.readModel(totals).get("k"))?.total).toBe(101);
    await engine.query(`delete from ${schema}.totals`);
    for (let n = 0; n < 5; n++) await store.append({ stream: "s", events: added("k", 1) });
    expect((await store.readModel(totals).get("k"))?.total).toBe(5);
    await engine.query(`insert into ${schema}.totals values ('new', 7, '')`);
    const fresh = { stream: "new", expectedVersion: "none" } as const;
    await store.append({ ...fresh, events: added("new", 1) });
    expect((await store.readModel(totals).get("new"))?.total).toBe(8);
    expect(await store.readStream("new")).toHaveLength(1);
  });

  test("folds what its key derives from positions alone", async () => {
    const byPosition = projection("by_position", {
      version: 1,
      events: [Added],
      columns: { key: "text", n: "integer" },
      key: ({ position, version }) => `${position % 2}-${version % 2}`,
      on: {
        [Added.type]: (row, { position, version, payload }) => ({
          key: `${position % 2}-${version % 2}`,
          n: (row?.n ?? 0) + payload.n,
        }),
      },
    });
    await using opened = await openStore(engine, { inline: [byPosition] });
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        opened.store.append({ stream: `s-${n % 2}`, events: added("k", 1, 1) }),
      ),
    );
    const { documents } = await opened.store.readModel(byPosition).find();
    expect(documents.reduce((sum, { n }) => sum + n, 0)).toBe(24);
  });

  test("folds appends that touch more documents than are locked one by one", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const wide = Array.from({ length: 200 }, (_, n) => Added({ key: `k-${n}`, n: 1 }));
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        opened.store.append({ stream: `s-${n}`, events: n % 2 ? wide : added("k-7", n) }),
      ),
    );
    expect((await opened.store.readModel(totals).get("k-7"))?.total).toBe(
      6 + 0 + 2 + 4 + 6 + 8 + 10,
    );
  });

  test("refuses a table that was not made for it", async () => {
    await using opened = await openStore(engine);
    const { schema, store } = opened;
    await engine.query(`create table ${schema}.totals (mine text)`);
    await expect(store.prepare(totals as never)).rejects.toThrow(/choose another name/);
    await expect(store.prepare(totals.as("events") as never)).rejects.toThrow(TypeError);
    expect(await engine.query(`select mine from ${schema}.totals`)).toEqual([]);
  });
});

describe("a name whose inline projection was given up", () => {
  const otherShape = projection("totals", {
    version: 1,
    events: [Added],
    columns: { key: "text", count: "integer" },
    key: ({ payload }) => payload.key,
    on: { Added: (row, { payload: { key } }) => ({ key, count: (row?.count ?? 0) + 1 }) },
  });

  test.each(["inline", "projector"] as const)(
    "counts nothing twice when it is taken again: %s",
    async (taker) => {
      await using opened = await openStore(engine, { inline: [totals] });
      const { schema } = opened;
      await opened.store.append({ stream: "s", events: added("k", 5) });
      await engine.query(`delete from ${schema}.projections where name = 'totals'`);
      const options = taker === "inline" ? { inline: [totals] } : {};
      const store = createPostgresStore(engine.db, { schema, ...options });
      const { token } = await store.append({ stream: "s", events: added("k", 6) });
      await using projector = createProjector(
        store,
        taker === "inline" ? { projections: [] } : { projections: [totals] },
      );
      await projector.start();
      if (taker === "projector") await projector.waitFor(token, { timeoutMs: 30_000 });
      expect(await store.readModel(totals).get("k")).toMatchObject({ total: 11, trail: "5;6;" });
    },
  );

  test("may be taken by one of another shape, also when its table was dropped by hand", async () => {
    await using opened = await openStore(engine, { inline: [totals] });
    const { schema } = opened;
    await opened.store.append({ stream: "s", events: added("k", 5) });
    await engine.query(`delete from ${schema}.projections where name = 'totals'`);
    const next = createPostgresStore(engine.db, { schema, inline: [otherShape] });
    await next.append({ stream: "s", events: added("k", 6) });
    expect(await next.readModel(otherShape).get("k")).toEqual({ key: "k", count: 2 });
    await engine.query(
      `delete from ${schema}.projections where name = 'totals'; drop table ${schema}.totals`,
    );
    const last = createPostgresStore(engine.db, { schema, inline: [totals] });
    await last.append({ stream: "s", events: added("k", 7) });
    expect((await last.readModel(totals).get("k"))?.total).toBe(18);
  });
});
