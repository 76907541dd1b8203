import type { EmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { Client } from "pg";

/** A server of one file's tests, with a connection that looks on. */
export interface RealServer extends AsyncDisposable {
  readonly server: EmbeddedPostgres;
  readonly client: Client;
}

export async function startRealServer(): Promise<RealServer> {
  const server = await startEmbeddedPostgres();
  const client = new Client({ connectionString: server.connectionString });
  await client.connect();
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.end();
      await server.stop();
    },
  };
}
