import { Pool } from "pg";
import { createPostgresStore, migrate } from "../src/index.ts";
import type { Random } from "../torture/random.ts";
import { createRandom } from "../torture/random.ts";
import { compare } from "../torture/torture.ts";
import { Happened } from "../torture/witness.ts";
import { Crew } from "./crew.ts";

export interface WorkersOptions {
  readonly connectionString: string;
  readonly seed: number;
  /** How often something is done to a worker. */
  readonly acts: number;
  /** Milliseconds between two acts, on average. */
  readonly actEveryMs: number;
  readonly leaseMs: number;
  /** How many append at once. */
  readonly writers: number;
  readonly progress?: (line: string) => void;
}

/** What came out; all of the first block must be 0. */
export interface WorkersResult {
  /** Committed, and not in the read model. */
  readonly lost: number;
  /** In the read model, and not committed or more than once. */
  readonly surplus: number;
  /** Applied in another order than that of their stream. */
  readonly disorder: number;
  /** Streams whose documents do not weigh what their events do. */
  readonly wrong: number;
  /** Acknowledged, and not in the log. */
  readonly unkept: number;
  /** Processes that have died of something else than the run. */
  readonly deaths: readonly string[];
  readonly events: number;
  readonly killed: number;
  /** Frozen for longer than their leases last, and thawed. */
  readonly frozen: number;
  /** How long partitions were without a worker that had lost its process, in milliseconds, shortest first. */
  readonly takeoversMs: readonly number[];
  readonly seconds: number;
}

const WORKERS = 3;
const PARTITIONS = 4;
const STREAMS = 100;
const LOOK_MS = 20;
const PATIENCE_MS = 60_000;

interface RunState {
  readonly options: WorkersOptions;
  readonly admin: Pool;
  readonly schema: string;
  readonly crew: Crew;
  /** Who has held a partition last when its process was stricken, and when that was. */
  readonly orphans: Map<number, { readonly owner: string; readonly sinceMs: number }>;
  readonly takeoversMs: number[];
  isOver: boolean;
}

/** Has three worker processes killed, frozen and started at random while events are appended, and checks the read model. */
export async function workers(options: WorkersOptions): Promise<WorkersResult> {
  const { connectionString, seed, leaseMs, progress = () => undefined } = options;
  const beganMs = performance.now();
  const schema = `workers_${process.pid}_${seed}`;
  const admin = new Pool({ connectionString, max: options.writers + 3 });
  await migrate(admin, { schema });
  const crew = new Crew({ connectionString, schema, partitions: PARTITIONS, leaseMs });
  const run: RunState = {
    ...{ options, admin, schema, crew },
    ...{ orphans: new Map(), takeoversMs: [], isOver: false },
  };
  for (let n = 0; n < WORKERS; n++) crew.start();
  await until(() => crew.members.every(({ isWorking }) => isWorking));
  const acknowledged: number[] = [];
  const writing = Array.from({ length: options.writers }, (_, index) =>
    write(run, createRandom(seed * 1_000 + index), acknowledged),
  );
  const watching = watch(run);
  const counts = await strike(run, createRandom(seed), progress);
  run.isOver = true;
  await Promise.all([...writing, watching]);
  progress(`${acknowledged.length} events; the read model catches up`);
  const head = await createPostgresStore(admin, { schema }).head();
  await until(async () => (await progressOf(run)).every(({ position }) => position >= head));
  await Promise.all(crew.members.map((member) => member.stop()));
  const { lost, surplus, disorder, wrong, unkept, events } = await compare(
    admin,
    schema,
    acknowledged,
  );
  await admin.query(`drop schema ${schema} cascade`);
  await admin.end();
  return {
    ...{ lost, surplus, disorder, wrong, unkept, events },
    ...counts,
    deaths: crew.deaths,
    takeoversMs: run.takeoversMs.toSorted((a, b) => a - b),
    seconds: (performance.now() - beganMs) / 1_000,
  };
}

/** Kills and freezes whoever has something to lose, never the last one that works, and starts new ones. */
async function strike(
  run: RunState,
  random: Random,
  progress: (line: string) => void,
): Promise<Pick<WorkersResult, "killed" | "frozen">> {
  const { crew, options } = run;
  const { acts, actEveryMs, leaseMs } = options;
  const counts = { killed: 0, frozen: 0 };
  const thawing: Promise<void>[] = [];
  for (let act = 0; act < acts; act++) {
    await sleep(actEveryMs / 2 + random.integer(actEveryMs));
    while (crew.members.length < WORKERS) crew.start();
    await until(async () => run.orphans.size === 0 && (await owners(run)).size > 0);
    await until(() => crew.members.filter(({ isWorking }) => isWorking).length > 1);
    const holders = await owners(run);
    const working = crew.members.filter(({ isWorking }) => isWorking);
    const victims = working.filter(({ owner }) => [...holders.values()].includes(owner));
    const victim = victims[random.integer(victims.length)];
    if (!victim) continue;
    for (const [partition, owner] of holders) {
      if (owner !== victim.owner) continue;
      run.orphans.set(partition, { owner, sinceMs: performance.now() });
    }
    if (random.integer(4) > 0) {
      victim.kill();
      counts.killed++;
    } else {
      victim.freeze();
      counts.frozen++;
      thawing.push(
        sleep(leaseMs * 2)
          .then(() => until(() => run.orphans.size === 0))
          .then(() => victim.thaw()),
      );
    }
    progress(`act ${act + 1} of ${acts}: ${counts.killed} killed, ${counts.frozen} frozen`);
  }
  await Promise.all(thawing);
  await until(() => run.orphans.size === 0);
  while (crew.members.length < WORKERS) crew.start();
  await until(() => crew.members.every(({ isWorking }) => isWorking));
  return counts;
}

/** Notes when a partition has found another worker. */
async function watch(run: RunState): Promise<void> {
  while (!run.isOver) {
    const holders = await owners(run);
    for (const [partition, { owner, sinceMs }] of run.orphans) {
      const now = holders.get(partition);
      if (now === undefined || now === owner) continue;
      run.orphans.delete(partition);
      run.takeoversMs.push(Math.round(performance.now() - sinceMs));
    }
    await sleep(LOOK_MS);
  }
}

async function write(run: RunState, random: Random, acknowledged: number[]): Promise<void> {
  const store = createPostgresStore(run.admin, { schema: run.schema });
  while (!run.isOver) {
    const count = 1 + random.integer(5);
    const { events } = await store.append({
      stream: `s-${random.integer(STREAMS)}`,
      events: Array.from({ length: count }, () => Happened({ weight: 1 + random.integer(1_000) })),
    });
    for (const { position } of events) acknowledged.push(position);
    await sleep(random.integer(10));
  }
}

/** Who holds which partition under a lease that is still good. */
async function owners(run: RunState): Promise<ReadonlyMap<number, string>> {
  const held = (await progressOf(run)).filter(({ owner }) => owner !== null);
  return new Map(held.map(({ partition, owner }) => [partition, owner!])); // not null, as just asked
}

async function progressOf({ admin, schema }: RunState) {
  const { rows } = await admin.query<{ partition: number; position: string; owner: string | null }>(
    `select partition, position, case when lease_until > clock_timestamp() then owner end as owner
     from ${schema}.projections where name = 'witness' order by partition`,
  );
  return rows.map(({ partition, position, owner }) => ({
    ...{ partition, owner },
    position: Number(position),
  }));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const beganMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - beganMs > PATIENCE_MS) {
      throw new Error(`This has not come about in a minute: ${condition.toString()}`);
    }
    await sleep(LOOK_MS);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
