import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Pool } from "pg";
import { migrate } from "../src/index.ts";
import type { ReplayFigures, ReplayOrder, ReplayReport } from "./replayer.ts";

export interface ReplayOptions {
  readonly connectionString: string;
  /** The length of the log. */
  readonly events: number;
  readonly progress?: (line: string) => void;
}

/** What came out. */
export interface ReplayResult extends ReplayFigures {
  /** Streams whose document is not the fold of their events; must be 0. */
  readonly wrong: number;
}

const STREAMS = 1_000;

/** Has a process of its own replay a log of a given length, in place and then beside, and checks the read model. */
export async function replay({
  connectionString,
  events,
  progress = () => undefined,
}: ReplayOptions): Promise<ReplayResult> {
  const schema = `replay_${process.pid}_${events}`;
  const admin = new Pool({ connectionString, max: 1 });
  try {
    await migrate(admin, { schema });
    await fill(admin, schema, events);
    const figures = await replayInProcess({ connectionString, schema, events }, progress);
    return { ...figures, wrong: await wrongDocuments(admin, schema) };
  } finally {
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.end();
  }
}

/** Writes a log as writers that take turns would have left it. */
async function fill(admin: Pool, schema: string, events: number): Promise<void> {
  await admin.query(
    `insert into ${schema}.events (position, stream, version, type, payload, metadata, recorded_at, append_end)
     select n, 'stream-' || n % ${STREAMS}, (n - 1) / ${STREAMS} + 1, 'Happened',
            jsonb_build_object('weight', n % 97, 'note', repeat('x', 100)),
            jsonb_build_object('actor', 'replay'), clock_timestamp(), n
     from generate_series(1, $1::bigint) n`,
    [events],
  );
  await admin.query(
    `insert into ${schema}.streams select stream, max(version) from ${schema}.events group by stream`,
  );
  await admin.query("select setval(($1 || '.events_position')::regclass, $2)", [schema, events]);
  await admin.query("analyze");
}

function replayInProcess(
  order: ReplayOrder,
  progress: (line: string) => void,
): Promise<ReplayFigures> {
  const script = fileURLToPath(new URL("./replayer.ts", import.meta.url));
  const execArgv = ["--expose-gc", "--import", "tsx", "--conditions", "@counterpoint/source"];
  const child = fork(script, { execArgv });
  return new Promise((resolve, reject) => {
    child.on("message", (report: ReplayReport) => {
      if ("peakHeap" in report) return resolve(report);
      const { mode, remaining, eventsPerSecond } = report;
      const left = remaining.toLocaleString("en-US");
      progress(`${mode}: ${left} events left, ${Math.round(eventsPerSecond)} per second`);
    });
    child.once("exit", (code, signal) => {
      reject(new Error(`The replaying process has ended: ${code ?? signal}.`));
    });
    child.send(order);
  });
}

async function wrongDocuments(admin: Pool, schema: string): Promise<number> {
  const { rows } = await admin.query<{ wrong: number }>(
    `select count(*)::int as wrong
     from (
       select stream, count(*) as events, sum((payload ->> 'weight')::bigint) as weight
       from ${schema}.events group by stream
     ) log
     full join ${schema}.witness document using (stream)
     where (log.events, log.weight, 0) is distinct from (document.events, document.weight, document.disorder)`,
  );
  return rows[0]?.wrong ?? Number.NaN;
}
