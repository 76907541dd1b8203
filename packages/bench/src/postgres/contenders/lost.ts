import { createPostgresStore, migrate } from "@counterpoint/postgres";
import type { Task } from "../../harness/worker.ts";
import type { PostgresSettings } from "../workload.ts";
import { appendAll } from "../workload.ts";
import { openPool } from "./raw.ts";
import { eventsFrom } from "./users.ts";

/** Counts the events that a follower never sees: one that remembers the highest position, and ours, on one log. */
export async function lost(settings: PostgresSettings): Promise<Task> {
  const { schema, batch } = settings;
  const pool = openPool({ ...settings, writers: settings.writers + 2 });
  await migrate(pool, { schema });
  const store = createPostgresStore(pool, { schema });
  let from = 0;
  return {
    stop: () => pool.end(),
    async measure(count) {
      let writing = true;
      const naive = follow(
        from,
        () => writing,
        async (after) => {
          const { rows } = await pool.query<{ position: string }>({
            name: "naive",
            text: `select position from ${schema}.events where position > $1 order by position limit 1000`,
            values: [after],
          });
          return rows.map(({ position }) => Number(position));
        },
      );
      const ours = follow(
        from,
        () => writing,
        async (after) => {
          const { events } = await store.readLog({ after, limit: 1_000 });
          return events.map(({ position }) => position);
        },
      );
      await appendAll(count, settings, ({ stream, expected }) =>
        store.append({
          stream,
          events: eventsFrom(stream, expected, batch),
          expectedVersion: expected,
        }),
      );
      writing = false;
      const seen = { naive: await naive, ours: await ours };
      const { rows } = await pool.query<{ position: string }>(
        `select position from ${schema}.events where position > $1`,
        [from],
      );
      const written = rows.map(({ position }) => Number(position));
      from = Math.max(...written);
      const missing = (by: ReadonlySet<number>): number =>
        (written.filter((position) => !by.has(position)).length / written.length) * 100;
      return { naive: missing(seen.naive), ours: missing(seen.ours), written: written.length };
    },
  };
}

/** Reads on from the highest position that it saw, until there is nothing more and nobody writes. */
async function follow(
  from: number,
  isWriting: () => boolean,
  read: (after: number) => Promise<readonly number[]>,
): Promise<ReadonlySet<number>> {
  const seen = new Set<number>();
  for (let at = from; ;) {
    const wasWriting = isWriting();
    const positions = await read(at);
    for (const position of positions) seen.add(position);
    at = positions.at(-1) ?? at;
    if (positions.length === 0 && !wasWriting) return seen;
  }
}
