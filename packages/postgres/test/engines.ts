import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { OpenOptions, Opened, StorePorts } from "@counterpoint/testing";
import { Pool } from "pg";
import { inject } from "vitest";
import type { Database } from "../src/index.ts";
import type { PostgresStore, PostgresStoreOptions } from "../src/index.ts";
import { createPostgresStore, migrate } from "../src/index.ts";

/** A database that the tests of one file share; each test has a schema of its own in it. */
export interface Engine<TDatabase extends Database = Database> extends AsyncDisposable {
  readonly db: TDatabase;
  /** Runs statements that are none of the store's business. */
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** A store in a new schema, which goes with it. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: PostgresStore;
  readonly schema: string;
}

let schemas = 0;

/**
 * Opens the real server that the run has started or was given.
 *
 * @param options - Settings of its sessions, as for `PGOPTIONS`.
 */
export function openServer(max = 20, options = ""): Engine<Pool> {
  const pool = new Pool({ connectionString: inject("connectionString"), max, options });
  return {
    db: pool,
    query: async (text, values) => (await pool.query<Record<string, unknown>>(text, values)).rows,
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** Opens a PGlite in the memory of this worker. */
export async function openPgliteEngine(): Promise<Engine<PGlite>> {
  const db = await PGlite.create();
  return {
    db,
    query: async (text, values) => (await db.query<Record<string, unknown>>(text, values)).rows,
    [Symbol.asyncDispose]: () => db.close(),
  };
}

/** Makes a schema, a store in it, and drops both at the end. */
export async function openStore(
  engine: Engine,
  options: PostgresStoreOptions = {},
): Promise<OpenedStore> {
  const schema = newSchema();
  await migrate(engine.db, { schema });
  return {
    schema,
    store: createPostgresStore(engine.db, { schema, ...options }),
    [Symbol.asyncDispose]: () => dropSchema(engine, schema),
  };
}

/** Opens a store the way that the contract suites ask for one. */
export async function openForContracts(
  engine: Engine,
  options: OpenOptions,
): Promise<Opened<StorePorts>> {
  const opened = await openStore(engine, options);
  const { schema } = opened;
  return {
    ...opened,
    another: async () => createPostgresStore(engine.db, { schema, ...options }),
    // The server's clock goes its own way, so time passes by bringing forward what it is compared with.
    pass: async (ms) =>
      void (await engine.query(
        `update "${schema}".projections set lease_until = lease_until - $1::double precision * interval '1 millisecond'`,
        [ms],
      )),
  };
}

/** Opens a store on the real server over connections of its own: each keeps the plans of all schemas that it has seen. */
export async function openApart(options: OpenOptions): Promise<Opened<StorePorts>> {
  const engine = openServer(5);
  const opened = await openForContracts(engine, options);
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** Makes a temporary folder that a server may use, also when the tests run as root and the server cannot. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cp-test-"));
  await chmod(folder, 0o755);
  return folder;
}

/** Names a schema that nobody else has. */
export function newSchema(): string {
  return `test_${process.pid}_${++schemas}`;
}

export async function dropSchema(engine: Engine, schema: string): Promise<void> {
  await engine.query(`drop schema if exists "${schema}" cascade`);
}
