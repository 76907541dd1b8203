import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
import { openPglite } from "@counterpoint/postgres/pglite";
import pg from "pg";
import { expect, it } from "vitest";
import { spareSchemas } from "../../server/spare-schemas.ts";
import { startDemo } from "../../server/serve.ts";
import type { LabStatus } from "../../server/lab/status.ts";
import type { Client } from "./client.ts";
import { clientOf } from "./client.ts";
import { makeFolder } from "./folders.ts";
import { startProgram } from "./program.ts";

const SPARES = "select nspname from pg_namespace where nspname like 'counterpoint_spare_%'";
const KEEPERS = "select pid from pg_locks where locktype = 'advisory' and objsubid = 2";

it(
  "drops what a burst of a killed process has left, and nothing of one that runs",
  { timeout: 120_000 },
  async () => {
    await using server = await startEmbeddedPostgres();
    const pool = new pg.Pool(server);
    await using _pool = { [Symbol.asyncDispose]: () => pool.end() };
    const spares = async () => (await pool.query(SPARES)).rows as unknown[];
    const args = ["--store=postgres"];
    const env = { DATABASE_URL: server.connectionString };

    await using killed = startProgram(args, env);
    await burstOf(clientOf(await killed.url()));
    expect(await spares()).toHaveLength(1);
    killed.child.kill("SIGKILL");
    await killed.exit;
    await expect.poll(async () => (await pool.query(KEEPERS)).rows).toEqual([]);
    expect(await spares()).toHaveLength(1);

    const openSpare = await spareSchemas(pool, async () => {
      const client = new pg.Client(server);
      await client.connect();
      return client;
    });
    expect(await spares()).toEqual([]);
    const spare = await openSpare([]);
    const [alive] = await spares();
    expect(alive).toBeDefined();
    await using another = startProgram(args, env);
    await another.url();
    expect(await spares()).toEqual([alive]);
    await spare.close();
    expect(await spares()).toEqual([]);
  },
);

it("drops what was left in a folder of PGlite", { timeout: 120_000 }, async () => {
  await using folder = await makeFolder();
  const left = "counterpoint_spare_0badcafe";
  {
    await using pglite = await openPglite({ dataDir: folder.path });
    await pglite.db.exec(`create schema ${left}; create table ${left}.kept (id int)`);
    await pglite.db.exec("create schema counterpoint_spare_parts");
  }
  const demo = await startDemo(
    { port: 0, store: "pglite", delayMs: 0, dataDir: folder.path, databaseUrl: undefined },
    { createPage: async () => new Map() },
  );
  await demo.stop();
  await using pglite = await openPglite({ dataDir: folder.path });
  expect((await pglite.db.query(SPARES)).rows).toEqual([{ nspname: "counterpoint_spare_parts" }]);
});

/** Resolves in the middle of a burst with a store of its own. */
async function burstOf(client: Client): Promise<void> {
  const started = await client.request("POST", "/lab/burst", { commands: 5_000, inline: 3 });
  expect(started.status).toBe(204);
  await expect.poll(async () => (await statusOf(client)).burst?.accepted).toBeGreaterThan(0);
}

async function statusOf(client: Client): Promise<LabStatus> {
  return (await client.request("GET", "/lab/status")).json() as Promise<LabStatus>; // what the route answers
}
