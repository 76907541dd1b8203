import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createProjector } from "@counterpoint/read-model";
import { Client, Pool } from "pg";
import { createPostgresStore, migrate } from "../src/index.ts";
import { createRandom } from "./random.ts";
import { witness } from "./witness.ts";
import type { WriterOrder, WriterReport } from "./writer.ts";

export interface TortureOptions {
  readonly connectionString: string;
  readonly seed: number;
  /** How many events to have acknowledged at the least. */
  readonly events: number;
  readonly processes: number;
  /** Connections of each process. */
  readonly writers: number;
  readonly streams: number;
  /** A backend is killed about this often, in milliseconds. */
  readonly killEveryMs: number;
  /** Pulls apart the two looks that the readers' ceiling is made of, in milliseconds, so that their order shows. Default 0. */
  readonly pauseMs?: number;
  readonly progress?: (line: string) => void;
}

/** What came out; all of the first block must be 0. */
export interface TortureResult {
  /** Committed, and not in the read model. */
  readonly lost: number;
  /** In the read model, and not committed or more than once. */
  readonly surplus: number;
  /** Given to the projection in another order than that of their stream. */
  readonly disorder: number;
  /** Streams whose documents do not weigh what their events do. */
  readonly wrong: number;
  /** Acknowledged, and not in the log. */
  readonly unkept: number;
  /** Stretches of two seconds in which there was something to project and nothing was. */
  readonly stalls: number;
  /** What a cursor that asks for `position > last` lost in the same run; must not be 0. */
  readonly lostByNaive: number;
  readonly events: number;
  readonly killed: number;
  readonly seconds: number;
  readonly tally: Readonly<Record<string, number>>;
}

/** Has many processes write in every way there is while backends are killed, and checks what two projectors make of it. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { connectionString, seed, progress = () => undefined } = options;
  const schema = `torture_${process.pid}_${seed}`;
  const started = performance.now();
  const admin = new Pool({ connectionString, max: 4, application_name: "torture-admin" });
  await migrate(admin, { schema });
  if (options.pauseMs) await pauseWithinCeiling(admin, schema, options.pauseMs);

  const projectorPools = [1, 2].map(
    () => new Pool({ connectionString, max: 3, application_name: "torture-projector" }),
  );
  const projectors = projectorPools.map((pool) =>
    createProjector(createPostgresStore(pool, { schema }), {
      projections: [witness],
      pollIntervalMs: 20,
      retryDelayMs: () => 20,
    }),
  );
  for (const projector of projectors) await projector.start();

  const acknowledged: number[] = [];
  const tally: Record<string, number> = {};
  const state = { writing: true, killed: 0 };
  const unrelated = leaveTransactionsOpen(connectionString, state);
  const killing = killBackends(admin, options, state);
  const naive = followNaively(admin, schema, state);
  const watching = watchForStalls(admin, schema, state, (line) =>
    progress(`${line}, ${acknowledged.length} acknowledged`),
  );
  await Promise.all(startWriters(options, schema, acknowledged, tally));
  state.writing = false;
  await killing;
  await unrelated;
  const stalls = await watching;
  const seenByNaive = await naive;
  progress(
    `writers done after ${Math.round((performance.now() - started) / 1_000)} s; projectors catch up`,
  );

  const store = createPostgresStore(admin, { schema });
  const { token } = await store.append({
    stream: "end",
    events: [{ type: "Ended", payload: null }],
  });
  await Promise.all(
    projectors.map((projector) => projector.waitFor(token, { timeoutMs: 120_000 })),
  );
  for (const projector of projectors) await projector.stop();
  const verdict = await compare(admin, schema, acknowledged);
  await admin.query(`drop schema ${schema} cascade`);
  await Promise.all([admin, ...projectorPools].map((pool) => pool.end()));
  const seconds = (performance.now() - started) / 1_000;
  const { killed } = state;
  return { ...verdict, stalls, lostByNaive: verdict.events - seenByNaive, killed, seconds, tally };
}

async function pauseWithinCeiling(admin: Pool, schema: string, pauseMs: number): Promise<void> {
  const { rows } = await admin.query<{ source: string }>(
    `select pg_get_functiondef('${schema}.ceiling'::regproc) as source`,
  );
  const source = rows[0]?.source ?? "";
  const second = source.lastIndexOf("\n  select ");
  if (second < 0) throw new Error("Found no second look in the function ceiling.");
  await admin.query(
    `${source.slice(0, second)}\n  perform pg_sleep(${pauseMs / 1_000});${source.slice(second)}`,
  );
}

/**
 * What holds up every reader that waits for all older transactions: one is open at any time. The next one comes before the
 * last one goes, so that Postgres may clear dead rows away now and then.
 */
async function leaveTransactionsOpen(connectionString: string, state: RunState): Promise<void> {
  let open: Client | undefined;
  while (state.writing) {
    const next = new Client({ connectionString, application_name: "torture-unrelated" });
    await next.connect();
    await next.query("begin; select pg_current_xact_id()");
    await open?.end();
    open = next;
    for (let waited = 0; state.writing && waited < 15_000; waited += 100) await sleep(100);
  }
  await open?.end();
}

function startWriters(
  { connectionString, seed, processes, writers, streams, events }: TortureOptions,
  schema: string,
  acknowledged: number[],
  tally: Record<string, number>,
): Promise<void>[] {
  const script = fileURLToPath(new URL("./writer.ts", import.meta.url));
  const execArgv = ["--import", "tsx", "--conditions", "@counterpoint/source"];
  return Array.from({ length: processes }, async (_, index) => {
    const child: ChildProcess = fork(script, { execArgv });
    const share = Math.ceil(events / processes);
    child.send({
      connectionString,
      schema,
      seed: seed * 100 + index,
      writers,
      streams,
      events: share,
    } satisfies WriterOrder);
    let done = false;
    await new Promise<void>((resolve, reject) => {
      child.on("message", (report: WriterReport) => {
        for (const position of report.positions) acknowledged.push(position);
        if (!report.done) return;
        done = true;
        for (const [what, times] of Object.entries(report.tally))
          tally[what] = (tally[what] ?? 0) + times;
      });
      child.once("exit", (code) => {
        if (done) resolve();
        else reject(new Error(`Writer ${index} ended early, with code ${code}.`));
      });
    });
  });
}

interface RunState {
  writing: boolean;
  killed: number;
}

async function killBackends(
  admin: Pool,
  { seed, killEveryMs }: TortureOptions,
  state: RunState,
): Promise<void> {
  const random = createRandom(seed);
  while (state.writing) {
    await sleep(killEveryMs / 2 + random.integer(killEveryMs));
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name in ('torture-writer', 'torture-projector') order by pid`,
    );
    const victim = rows[random.integer(rows.length)];
    if (!victim || !state.writing) continue;
    await admin.query("select pg_terminate_backend($1)", [victim.pid]);
    state.killed++;
  }
}

/** @returns How many events it has seen. */
async function followNaively(admin: Pool, schema: string, state: RunState): Promise<number> {
  let seen = 0;
  let after = "0";
  for (let last = false; !last;) {
    last = !state.writing;
    for (;;) {
      const { rows } = await admin.query<{ position: string }>(
        `select position from ${schema}.events where position > $1 order by position limit 1000`,
        [after],
      );
      seen += rows.length;
      after = rows.at(-1)?.position ?? after;
      if (rows.length < 1_000) break;
    }
    await sleep(5);
  }
  return seen;
}

async function watchForStalls(
  admin: Pool,
  schema: string,
  state: RunState,
  progress: (line: string) => void,
): Promise<number> {
  let stalls = 0;
  let before = 0;
  let stood = 0;
  while (state.writing) {
    await sleep(2_000);
    const { rows } = await admin.query<{ position: string; head: string }>(
      `select (select position from ${schema}.projections where name = 'witness'), (select max(position) as head from ${schema}.events)`,
    );
    const position = Number(rows[0]?.position);
    const head = Number(rows[0]?.head);
    progress(`position ${position} of ${head}`);
    stood = state.writing && position === before && head > position ? stood + 1 : 0;
    // A busy machine may keep the projector from its turn for one look; behind an open transaction it would stand for good.
    if (stood === 3) stalls++;
    before = position;
  }
  return stalls;
}

type Verdict = Pick<TortureResult, "lost" | "surplus" | "disorder" | "wrong" | "unkept" | "events">;

export async function compare(
  admin: Pool,
  schema: string,
  acknowledged: readonly number[],
): Promise<Verdict> {
  const { rows } = await admin.query<Record<string, string>>(
    `with truth as (
       select stream, count(*) as events, sum((payload->>'weight')::bigint) as weight
       from ${schema}.events where type = 'Happened' group by stream
     )
     select coalesce(sum(greatest(t.events - coalesce(w.events, 0), 0)), 0) as lost,
       coalesce(sum(greatest(coalesce(w.events, 0) - coalesce(t.events, 0), 0)), 0) as surplus,
       coalesce(sum(w.disorder), 0) as disorder,
       count(*) filter (where t.weight is distinct from w.weight) as wrong,
       coalesce(sum(t.events), 0) as events
     from truth t full join ${schema}.witness w using (stream)`,
  );
  const { rows: missing } = await admin.query<{ unkept: string }>(
    `select count(*) as unkept from unnest($1::bigint[]) a left join ${schema}.events e on e.position = a where e.position is null`,
    [acknowledged],
  );
  const [row = {}] = rows;
  return {
    lost: Number(row["lost"]),
    surplus: Number(row["surplus"]),
    disorder: Number(row["disorder"]),
    wrong: Number(row["wrong"]),
    events: Number(row["events"]),
    unkept: Number(missing[0]?.unkept),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
