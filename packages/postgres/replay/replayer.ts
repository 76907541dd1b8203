// One process that replays a log, in place and beside, and tells what that took. Needs `--expose-gc`.
import { encodeToken } from "@counterpoint/events";
import { createProjector } from "@counterpoint/read-model";
import { Pool } from "pg";
import type { PostgresStore } from "../src/index.ts";
import { createPostgresStore } from "../src/index.ts";
import { witness } from "../torture/witness.ts";

/** What a replaying process is told. */
export interface ReplayOrder {
  readonly connectionString: string;
  readonly schema: string;
  /** The length of the log. */
  readonly events: number;
}

/** What it reports from time to time, and at the end. */
export type ReplayReport =
  | { readonly mode: ReplayMode; readonly remaining: number; readonly eventsPerSecond: number }
  | ReplayFigures;

type ReplayMode = "in place" | "beside";

/** What a replay took; memory in bytes. */
export interface ReplayFigures {
  readonly eventsPerSecond: Readonly<Record<ReplayMode, number>>;
  /** The most that lived on after a garbage collection. */
  readonly peakHeap: number;
  /** The most that the process ever had. */
  readonly peakResident: number;
}

const COLLECTIONS = 50;
const REPORT_MS = 1_000;

process.once("message", (order: ReplayOrder) => {
  void replay(order).then((figures) => {
    report(figures);
    process.disconnect();
  });
});
process.once("disconnect", () => process.exit()); // done, or the one who asked is gone

async function replay({ connectionString, schema, events }: ReplayOrder): Promise<ReplayFigures> {
  const pool = new Pool({ connectionString, application_name: "replay" });
  const peak = { heap: 0 };
  const store = watched(createPostgresStore(pool, { schema }), events, peak);
  const projector = createProjector(store, { projections: [witness], batchSize: 1_000 });
  const inPlace = await rateOf(events, async () => {
    await projector.start();
    const reporting = setInterval(() => {
      void projector.status().then(({ projections: [follower] }) => {
        if (!follower) return;
        const { position, eventsPerSecond } = follower;
        report({ mode: "in place", remaining: events - position, eventsPerSecond });
      });
    }, REPORT_MS);
    await projector.waitFor(encodeToken(events), { timeoutMs: Infinity });
    clearInterval(reporting);
  });
  const beside = await rateOf(events, async () => {
    const reporting = setInterval(() => {
      void projector.status().then(({ rebuilds: [rebuild] }) => {
        if (!rebuild) return;
        const { remaining, eventsPerSecond } = rebuild;
        report({ mode: "beside", remaining, eventsPerSecond });
      });
    }, REPORT_MS);
    await projector.rebuild(witness.name, { mode: "beside" });
    clearInterval(reporting);
  });
  await projector.stop();
  await pool.end();
  return {
    eventsPerSecond: { "in place": inPlace, beside },
    peakHeap: peak.heap,
    peakResident: process.resourceUsage().maxRSS * 1_024,
  };
}

/** Looks at the memory that is really held, some fifty times per replay. */
function watched(store: PostgresStore, events: number, peak: { heap: number }): PostgresStore {
  const every = Math.ceil(events / COLLECTIONS);
  let applied = 0;
  let next = every;
  return {
    ...store,
    applyBatch: async (batch) => {
      await store.applyBatch(batch);
      applied += batch.events.length;
      if (applied < next) return;
      next += every;
      globalThis.gc!(); // the flag is given
      peak.heap = Math.max(peak.heap, process.memoryUsage().heapUsed);
    },
  };
}

async function rateOf(events: number, work: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return (events / (performance.now() - beganMs)) * 1_000;
}

function report(message: ReplayReport): void {
  process.send?.(message);
}
