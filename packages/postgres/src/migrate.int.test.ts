import { Pool } from "pg";
import { afterAll, describe, expect, inject, test } from "vitest";
import { dropSchema, newSchema, openServer } from "../test/engines.ts";
import { added } from "../test/sample.ts";
import { createPostgresIdempotencyStore, createPostgresStore, migrate } from "./index.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

describe("migrate", () => {
  test("installs once, whoever of many starts first", async () => {
    const schema = newSchema();
    const pools = Array.from(
      { length: 8 },
      () => new Pool({ connectionString: inject("connectionString"), max: 1 }),
    );
    const done = await Promise.all(pools.map((pool) => migrate(pool, { schema })));
    await Promise.all(pools.map((pool) => pool.end()));
    expect(done.map(({ applied }) => applied.length).toSorted((a, b) => a - b)).toEqual([
      ...[0, 0, 0, 0, 0, 0, 0, 5],
    ]);
    expect(await migrate(engine.db, { schema })).toEqual({ applied: [] });
    await dropSchema(engine, schema);
  });

  test.each([
    ...["", "Shop", "a b", 'a"b', "1a", "x".repeat(64)],
    ...["information_schema", "pg_catalog", "pg_temp", "pg_shop"],
  ])("refuses the schema name %j", async (schema) => {
    await expect(migrate(engine.db, { schema })).rejects.toThrow(TypeError);
    expect(() => createPostgresStore(engine.db, { schema })).toThrow(TypeError);
  });

  test("refuses an option that it does not know, and so do stores", async () => {
    const options = { shcema: "shop" } as object;
    await expect(migrate(engine.db, options)).rejects.toThrow(
      new TypeError("migrate has no option shcema; it has: schema."),
    );
    expect(() => createPostgresStore(engine.db, options)).toThrow(
      new TypeError(
        "createPostgresStore has no option shcema; it has: schema, inline, upcast, clock, createId, ordering, coalesce, listen, scheduler, onListenerError.",
      ),
    );
    expect(() => createPostgresIdempotencyStore(engine.db, options)).toThrow(
      new TypeError(
        "createPostgresIdempotencyStore has no option shcema; it has: schema, ttlMs, clock, createId.",
      ),
    );
  });

  test("takes a name that only begins like one of Postgres' own", async () => {
    await migrate(engine.db, { schema: "information_schema2" });
    const store = createPostgresStore(engine.db, { schema: "information_schema2" });
    expect(await store.head()).toBe(0);
    await dropSchema(engine, "information_schema2");
  });

  test("takes a name that is a word of SQL", async () => {
    await migrate(engine.db, { schema: "select" });
    const store = createPostgresStore(engine.db, { schema: "select" });
    const { position } = await store.append({ stream: "s", events: added("s", 1) });
    expect(position).toBe(1);
    await dropSchema(engine, "select");
  });

  test("refuses a schema that a newer version has migrated", async () => {
    const schema = newSchema();
    await migrate(engine.db, { schema });
    await engine.query(`insert into ${schema}.migrations values ('9999_tomorrow')`);
    await expect(migrate(engine.db, { schema })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await dropSchema(engine, schema);
  });

  test("leaves nothing behind when it fails half way", async () => {
    const schema = newSchema();
    await engine.query(`create schema ${schema}; create table ${schema}.snapshots (strange text)`);
    await expect(migrate(engine.db, { schema })).rejects.toThrow(/snapshots/);
    const tables = await engine.query(
      `select tablename from pg_tables where schemaname = '${schema}'`,
    );
    expect(tables).toEqual([{ tablename: "snapshots" }]);
    await dropSchema(engine, schema);
  });

  test("gives the logs of one database registries that do not overlap", async () => {
    const schemas = [newSchema(), newSchema()];
    for (const schema of schemas) await migrate(engine.db, { schema });
    const rows = await engine.query(
      `select distinct oid::bigint % 32767 from pg_class where relname = 'events_position' and relnamespace::regnamespace::text = any($1)`,
      [schemas],
    );
    expect(rows).toHaveLength(2);
    for (const schema of schemas) await dropSchema(engine, schema);
  });

  test("is asked for by a store that finds nothing", async () => {
    const store = createPostgresStore(engine.db, { schema: "nowhere" });
    const refusal = { code: "UNAVAILABLE", message: expect.stringContaining("run migrate(db") };
    await expect(store.append({ stream: "s", events: added("s", 1) })).rejects.toMatchObject(
      refusal,
    );
    await expect(store.readLog({ after: 0, limit: 1 })).rejects.toMatchObject(refusal);
  });
});

describe("the schema", () => {
  test.each([
    ["update", `update $.events set type = 'Other'`],
    ["delete", `delete from $.events`],
    ["truncate", `truncate $.events`],
  ])("refuses to %s events", async (_name, text) => {
    const schema = newSchema();
    await migrate(engine.db, { schema });
    const store = createPostgresStore(engine.db, { schema });
    await store.append({ stream: "s", events: added("s", 1) });
    await expect(engine.query(text.replace("$", schema))).rejects.toMatchObject({ code: "23001" });
    expect(await store.readStream("s")).toHaveLength(1);
    await dropSchema(engine, schema);
  });

  test("lets a role append and read with the documented grants, and no more", async () => {
    const schema = newSchema();
    const role = `${schema}_writer`;
    await migrate(engine.db, { schema });
    await engine.query(
      `create role ${role} login password 'secret';
       grant usage on schema ${schema} to ${role};
       grant select on all tables in schema ${schema} to ${role};
       grant insert, update on ${schema}.streams, ${schema}.snapshots to ${role};
       grant insert on ${schema}.events to ${role};
       grant select, usage on sequence ${schema}.events_position to ${role};`,
    );
    const url = new URL(inject("connectionString"));
    url.username = role;
    url.password = "secret";
    const pool = new Pool({ connectionString: url.href, max: 2 });
    expect(await migrate(pool, { schema })).toEqual({ applied: [] });
    const store = createPostgresStore(pool, { schema });
    await store.append({ stream: "s", events: added("s", 1, 2), expectedVersion: "none" });
    expect((await store.readLog({ after: 0, limit: 10 })).events).toHaveLength(2);
    await expect(pool.query(`delete from ${schema}.events`)).rejects.toMatchObject({
      code: "42501",
    });
    await pool.end();
    await dropSchema(engine, schema);
    await engine.query(`drop role ${role}`);
  });
});
