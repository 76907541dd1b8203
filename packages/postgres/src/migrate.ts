import { EventStoreError, assertOptions } from "@counterpoint/events";
import type { Database, Driver, Session } from "./database.ts";
import { driverOf, statement } from "./database.ts";
import { translate } from "./postgres-errors.ts";
import { DEFAULT_SCHEMA, quoteSchema } from "./schema-name.ts";

export interface MigrateOptions {
  /** The schema that holds everything; made if need be. `[a-z_][a-z0-9_]*`, at most 63 characters. Default `counterpoint`. */
  readonly schema?: string;
}

export interface Migrated {
  /** What was done, in order; empty when all had been done before. */
  readonly applied: readonly string[];
}

/** Written out one by one, so that bundlers find the files and bring them to a browser. */
const MIGRATIONS: readonly (readonly [name: string, file: URL])[] = [
  ["0001_log", new URL("../sql/0001_log.sql", import.meta.url)],
  ["0002_read_side", new URL("../sql/0002_read_side.sql", import.meta.url)],
  ["0003_write_side", new URL("../sql/0003_write_side.sql", import.meta.url)],
  ["0004_append", new URL("../sql/0004_append.sql", import.meta.url)],
  ["0005_append_each", new URL("../sql/0005_append_each.sql", import.meta.url)],
];

/**
 * Brings a schema to the state that this version of the package needs: all of it, or nothing.
 *
 * Repeating it changes nothing, and any number of processes may do it at once. Once it is done, it needs no right to create
 * anything.
 *
 * @throws {TypeError} When the schema's name is unusable, an option unknown, or the database's encoding is not UTF-8.
 * @throws {EventStoreError} `UNAVAILABLE` when the database does not answer, or a newer version has migrated it further.
 * @example
 * ```ts
 * import { migrate } from "@counterpoint/postgres";
 * import { Pool } from "pg";
 *
 * const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
 * await migrate(pool, { schema: "shop" });
 * ```
 */
export async function migrate(db: Database, options: MigrateOptions = {}): Promise<Migrated> {
  assertOptions("migrate", options, KNOWN);
  const { schema = DEFAULT_SCHEMA } = options;
  const quoted = quoteSchema(schema);
  const driver = driverOf(db);
  try {
    if ((await appliedTo(driver, schema, quoted)).length === MIGRATIONS.length) {
      return { applied: [] };
    }
    const files = await Promise.all(MIGRATIONS.map(([, file]) => readText(file)));
    return await install(driver, schema, quoted, files);
  } catch (error) {
    throw translate(error, schema, "store");
  }
}

const KNOWN: Readonly<Record<keyof MigrateOptions, true>> = { schema: true };

function install(
  driver: Driver,
  schema: string,
  quoted: string,
  files: readonly string[],
): Promise<Migrated> {
  return driver.transaction(async (tx) => {
    await tx.run(LOCK); // for all schemas: they choose their namespaces from one set
    await assertEncoding(tx);
    const [found] = await tx.run(FIND_SCHEMA, [schema]);
    if (!found) await tx.exec(`create schema ${quoted}`);
    await tx.exec(
      `create table if not exists ${quoted}.migrations (
         name text primary key,
         applied_at timestamptz not null default clock_timestamp()
       )`,
    );
    const done = await appliedTo(tx, schema, quoted);
    const applied: string[] = [];
    for (const [index, [name]] of MIGRATIONS.entries()) {
      if (done.includes(name)) continue;
      await tx.exec(files[index]!.replaceAll(':"schema"', quoted)); // one text per migration
      await tx.run(statement(`insert into ${quoted}.migrations (name) values ($1)`), [name]);
      applied.push(name);
    }
    return { applied };
  });
}

/** @throws {EventStoreError} `UNAVAILABLE` when there are migrations that this version does not know. */
async function appliedTo(session: Session, schema: string, quoted: string): Promise<string[]> {
  const [found] = await session.run(FIND_TABLE, [schema]);
  if (!found) return [];
  const rows = await session.run(statement(`select name from ${quoted}.migrations order by name`));
  const names = rows.map(([name]) => String(name));
  const stranger = names.find((name) => !MIGRATIONS.some(([known]) => known === name));
  if (stranger !== undefined) {
    throw new EventStoreError(
      "UNAVAILABLE",
      `Schema ${schema} has migration ${stranger}, which this version of @counterpoint/postgres does not know. Upgrade the package.`,
    );
  }
  return names;
}

async function assertEncoding(session: Session): Promise<void> {
  const [row] = await session.run(statement("select current_setting('server_encoding')"));
  if (row?.[0] === "UTF8") return;
  throw new TypeError(
    `Expected a database with the encoding UTF8, got ${row?.[0]}; make one with: create database … encoding 'UTF8' template template0.`,
  );
}

const LOCK = statement("select pg_advisory_xact_lock(-4851289617)"); // any number; no registry's begins with a minus and so little
const FIND_SCHEMA = statement("select 1 from pg_namespace where nspname = $1");
const FIND_TABLE = statement(
  "select 1 from pg_tables where schemaname = $1 and tablename = 'migrations'",
);

/** Files in Node, whether from source or from `dist`; over HTTP in a browser. */
async function readText(url: URL): Promise<string> {
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return readFile(url, "utf8");
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Could not load ${url.href}: ${response.status}.`);
  return response.text();
}
