import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { Pool } from "pg";

/** A database for the benchmarks, whose commits reach the disk. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  /** Its version and what of its settings matters. */
  readonly description: string;
  /** Makes an empty schema. */
  createSchema(): Promise<string>;
  dropSchemas(): Promise<void>;
}

/** Takes `DATABASE_URL` when it is set, else a server of its own in a temporary folder. */
export async function openServer(): Promise<BenchServer> {
  const given = process.env["DATABASE_URL"];
  const server = given
    ? undefined
    : await startEmbeddedPostgres({ settings: { fsync: "on", max_wal_size: "4GB" } });
  const url = given ?? server!.connectionString; // one of the two
  const pool = new Pool({ connectionString: url, max: 2 });
  pool.on("error", () => undefined); // a lost connection that nobody uses is replaced; one in use tells its user
  const schemas: string[] = [];
  const dropSchemas = async (): Promise<void> => {
    for (const schema of schemas.splice(0)) await pool.query(`drop schema ${schema} cascade`);
  };
  return {
    url,
    description: `${await describe(pool)}${given ? "" : ", embedded, in a temporary folder"}`,
    async createSchema() {
      const schema = `bench_${process.pid}_${Date.now().toString(36)}_${schemas.length}`;
      await pool.query(`create schema ${schema}`);
      schemas.push(schema);
      return schema;
    },
    dropSchemas,
    [Symbol.asyncDispose]: async () => {
      await dropSchemas();
      await pool.end();
      await server?.stop();
    },
  };
}

async function describe(pool: Pool): Promise<string> {
  const { rows } = await pool.query<Record<string, string>>(
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as commit, current_setting('shared_buffers') as buffers`,
  );
  const { version, fsync, commit, buffers } = rows[0] ?? {};
  return `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${commit}, shared_buffers ${buffers}`;
}
