import { randomBytes } from "node:crypto";
import { migrate } from "@counterpoint/postgres";
import type { Client, ClientConfig, Pool } from "pg";
import { claim, dropUnclaimed, release } from "../claimed-schemas.ts";
import { Actor } from "./actor.ts";

/** A place of its own in a database: connections, and schemas that go with them. */
export interface Scratch extends AsyncDisposable {
  /** For those who read. */
  readonly pool: Pool;
  /** For the one who watches. */
  readonly observer: Client;
  /** Opens a connection for transactions. */
  connect(): Promise<Actor>;
  /** Makes a schema with the adapter's own tables and functions, and with a table that has nothing to do with the log. */
  makeSchema(name: string): Promise<string>;
  dropSchema(schema: string): Promise<void>;
}

const PREFIX = "counterpoint_ordering";
const NAMES = `^${PREFIX}_[0-9a-f]{8}_`;
const LIMIT_MS = 15_000;

/**
 * Opens a scratch place, and clears away those whose process was killed. Disposing ends all connections, whatever they are
 * at, and drops all schemas.
 */
export async function openScratch(connectionString: string): Promise<Scratch> {
  const { default: pg } = await import("pg");
  const id = randomBytes(4).toString("hex");
  const config: ClientConfig = {
    connectionString,
    application_name: `${PREFIX}_${id}`,
    connectionTimeoutMillis: 5_000,
    statement_timeout: LIMIT_MS,
    idle_in_transaction_session_timeout: LIMIT_MS, // should this process be stopped in the middle
  };
  const open = async (): Promise<Client> => {
    const client = new pg.Client(config);
    client.on("error", () => {}); // whoever uses it next hears of it
    await client.connect();
    return client;
  };
  const observer = await open();
  const pool = new pg.Pool({ ...config, max: 1 });
  pool.on("error", () => {});
  const actors: Actor[] = [];
  let isOpen = true;
  const schemas = new Set<string>();
  try {
    await dropUnclaimed(observer, NAMES);
  } catch (error) {
    await Promise.all([observer.end(), pool.end()]);
    throw error;
  }
  return {
    pool,
    observer,
    async connect() {
      const client = await open();
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      const actor = new Actor(client, rows[0]!.pid); // one row
      actors.push(actor);
      if (!isOpen) await client.end(); // it was closed meanwhile
      return actor;
    },
    async makeSchema(name) {
      const schema = `${PREFIX}_${id}_${name}`;
      schemas.add(schema);
      await claim(observer, schema);
      await migrate(pool, { schema });
      await pool.query(`create table ${schema}.elsewhere (written_at timestamptz not null)`);
      return schema;
    },
    dropSchema,
    async [Symbol.asyncDispose]() {
      isOpen = false;
      const clients = actors.map(({ client }) => client);
      const ending = Promise.all([pool, ...clients].map((each) => each.end()));
      try {
        if (schemas.size > 0) await endSessions(); // they are in the middle of something
        await ending;
        for (const schema of schemas) await dropSchema(schema);
      } finally {
        await observer.end();
      }
    },
  };

  async function endSessions(): Promise<void> {
    await observer.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where application_name = $1 and pid <> pg_backend_pid()`,
      [config.application_name],
    );
  }

  async function dropSchema(schema: string): Promise<void> {
    await observer.query(`drop schema if exists ${schema} cascade`);
    await release(observer, schema);
    schemas.delete(schema);
  }
}

/** Clears away what experiments have left whose process was killed. */
export async function clearAway(connectionString: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await dropUnclaimed(client, NAMES);
  } finally {
    await client.end();
  }
}
