// A process of its own, to be killed: appends for ever and says on its output what was acknowledged.
import { createInterface } from "node:readline";
import { Pool } from "pg";
import { startEmbeddedPostgres } from "../src/embedded.ts";
import { createPostgresStore, migrate } from "../src/index.ts";
import { openPglite } from "../src/pglite.ts";
import { added, totals } from "./sample.ts";

const [kind, dataDir = ""] = process.argv.slice(2);
const db = kind === "pglite" ? await openLite() : await openServer();
await migrate(db);
const store = createPostgresStore(db, { inline: [totals] });
const lines = createInterface({ input: process.stdin });
lines.on("close", () => process.exit(0));
for (let n = 0; ; n++) {
  const events = added(`k-${n % 5}`, n);
  const { position } = await store.append({ stream: `s-${n % 3}`, events });
  process.stdout.write(`${position}\n`);
}

async function openServer(): Promise<Pool> {
  const server = await startEmbeddedPostgres({ dataDir });
  process.stdout.write(`pid ${server.pid}\n`);
  return new Pool({ connectionString: server.connectionString });
}

async function openLite(): Promise<Awaited<ReturnType<typeof openPglite>>["db"]> {
  const { db } = await openPglite({ dataDir });
  return db;
}
