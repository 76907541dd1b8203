import { encodeToken } from "@counterpoint/events";
import type { PostgresStore } from "@counterpoint/postgres";
import { createPostgresStore, migrate } from "@counterpoint/postgres";
import { createProjector } from "@counterpoint/read-model";
import type { Task } from "../../harness/worker.ts";
import type { PostgresSettings } from "../workload.ts";
import { fill } from "./counterpoint.ts";
import { openPool } from "./raw.ts";
import { userDirectory } from "./users.ts";

/** Replays a long log once, and compares the second tenth of it with the last one. Needs `--expose-gc`. */
export async function replay(settings: PostgresSettings): Promise<Task> {
  const { schema, events } = settings;
  const pool = openPool(settings);
  await migrate(pool, { schema });
  await fill(pool, schema, events);
  const store = createPostgresStore(pool, { schema });
  const users = userDirectory.as("users_eventual");
  return {
    stop: () => pool.end(),
    async measure() {
      await store.prepare(users);
      await store.reset(users);
      const marks: { readonly atMs: number; readonly heapMiB: number }[] = [];
      let applied = 0;
      const mark = (): void => {
        while (marks.length <= Math.floor((applied * 10) / events)) {
          globalThis.gc!(); // the flag is given
          marks.push({
            atMs: performance.now(),
            heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
          });
        }
      };
      const watched: PostgresStore = {
        ...store,
        applyBatch: async (batch) => {
          await store.applyBatch(batch);
          applied += batch.events.length;
          mark();
        },
      };
      mark();
      await using projector = createProjector(watched, { projections: [users], batchSize: 1_000 });
      await projector.start();
      await projector.waitFor(encodeToken(events), { timeoutMs: 600_000 });
      const rate = (tenth: number): number =>
        (events / 10 / (marks[tenth]!.atMs - marks[tenth - 1]!.atMs)) * 1_000; // a mark for each tenth
      return {
        early: rate(2),
        late: rate(10),
        heapEarly: marks[1]!.heapMiB,
        heapLate: marks[10]!.heapMiB,
      };
    },
  };
}
