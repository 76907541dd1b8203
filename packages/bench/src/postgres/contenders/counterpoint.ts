import { encodeToken } from "@counterpoint/events";
import type { PostgresStore, PostgresStoreOptions } from "@counterpoint/postgres";
import { createPostgresStore, migrate } from "@counterpoint/postgres";
import type { ProjectorOptions } from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import type { Pool } from "pg";
import type { Task } from "../../harness/worker.ts";
import { timed } from "../../harness/worker.ts";
import type { PostgresSettings } from "../workload.ts";
import { MADE_EVENTS, appendAll } from "../workload.ts";
import { openPool } from "./raw.ts";
import { eventsFrom, userDirectory } from "./users.ts";

const STORES: Readonly<Record<string, PostgresStoreOptions>> = {
  serialized: { ordering: "serialized" },
  coalesced: { coalesce: true },
  inline: { inline: [userDirectory.as("users_sync")] },
};

export async function counterpoint(settings: PostgresSettings, mode: string): Promise<Task> {
  const { schema, batch, events } = settings;
  const pool = openPool(settings);
  await migrate(pool, { schema });
  if (mode === "unsafe") await forgetOrder(pool, schema);
  const store = createPostgresStore(pool, { schema, ...STORES[mode] });
  const stop = (): Promise<void> => pool.end();
  if (mode === "read") {
    await store.append({ stream: "long", events: eventsFrom("long", 0, events) });
    return timed((count) => readStream(store, count, events), stop);
  }
  if (mode === "catch-up" || mode === "catch-up-default") {
    await fill(pool, schema, events);
    const options = mode === "catch-up" ? { batchSize: 1_000 } : {};
    return timed(() => catchUp(store, events, options), stop);
  }
  return timed(
    (count) =>
      appendAll(count, settings, ({ stream, expected }) =>
        store.append({
          stream,
          events: eventsFrom(stream, expected, batch),
          expectedVersion: expected,
        }),
      ),
    stop,
  );
}

/** Fills an empty log, as appends would have, in one go. */
export async function fill(pool: Pool, schema: string, events: number): Promise<void> {
  await pool.query(
    `insert into ${schema}.events (position, stream, version, type, payload, metadata, recorded_at, append_end)
     select position, stream, version, type, payload, metadata, clock_timestamp(), position
     from (${MADE_EVENTS}) made`,
    [events],
  );
  await pool.query(
    `insert into ${schema}.streams select stream, max(version) from ${schema}.events group by stream`,
  );
  await pool.query("select setval(($1 || '.events_position')::regclass, $2)", [schema, events]);
  await pool.query("analyze");
}

async function readStream(store: PostgresStore, count: number, expected: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { length } = await store.readStream("long");
    if (length !== expected) throw new Error(`Read ${length} of ${expected} events.`);
  }
}

async function catchUp(
  store: PostgresStore,
  events: number,
  options: Omit<ProjectorOptions, "projections">,
): Promise<void> {
  const users = userDirectory.as("users_eventual");
  await store.prepare(users);
  await store.reset(users);
  await using projector = createProjector(store, { projections: [users], ...options });
  await projector.start();
  await projector.waitFor(encodeToken(events), { timeoutMs: 600_000 });
}

/** Takes the in-flight registry out of the function, to see what it costs: positions then become visible in any order. */
async function forgetOrder(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ name: string; text: string }>(
    `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as text from pg_proc p
     where p.pronamespace = $1::regnamespace and p.prokind = 'f'`,
    [schema],
  );
  const registering = /pg_advisory_xact_lock_shared\(\s*(?=\(\(1 \+)/g; // what is left is its key, computed in vain
  for (const { name, text } of rows.filter((row) => row.text.includes("nextval("))) {
    const forgetful = text.replace(registering, "(");
    if (forgetful === text) throw new Error(`${name} draws positions without registering them.`);
    await pool.query(forgetful);
  }
}
