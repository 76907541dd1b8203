import { bundle } from "../harness/bundle.ts";
import type { Effort } from "../harness/effort.ts";
import type { Part, Table } from "../harness/report.ts";
import { appends } from "./appends.ts";
import { READS, catchUpTable, lagTable, lostTable, pgliteTable, replayTable } from "./reads.ts";
import type { Bench } from "./run.ts";
import { runComparison } from "./run.ts";
import { openServer } from "./server.ts";

/** Measures the Postgres adapter. */
export async function benchPostgres(effort: Effort): Promise<Part> {
  await using server = await openServer();
  const bench: Bench = { server, effort, worker: await bundle("postgres/worker.ts") };
  const writers = effort.name === "tiny" ? [16] : [1, 16];
  const tables: Table[] = [];
  for (const comparison of [...appends(writers), ...READS]) {
    tables.push(await runComparison(bench, comparison));
  }
  tables.push(await catchUpTable(bench));
  tables.push(...(await lagTable(bench)));
  tables.push(await lostTable(bench));
  tables.push(...(await replayTable(bench)));
  if (effort.name !== "tiny") tables.push(await pgliteTable(bench)); // it takes seconds to be made
  return {
    name: "postgres",
    title: `Postgres: ${server.description}`,
    tables,
    notes: [
      "An aggregate takes ten appends, each with the version that it must be at. Events have about 100 bytes of payload.",
    ],
  };
}
