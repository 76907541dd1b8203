import { createPostgresStore } from "@counterpoint/postgres";
import type { ClientBase, Pool } from "pg";
import type { StrategyName } from "./messages.ts";

/** An event that is written, whether its transaction is committed or not. */
export interface Appended {
  readonly position: number;
  readonly version: number;
  /** The id of the transaction that wrote it. */
  readonly txid: bigint;
}

/** Somebody who follows the log, with a cursor. */
export interface LogFollower {
  /** @returns The positions of what came since the last time, in the order in which the reader gets it. */
  poll(): Promise<Poll>;
  /** Tells whether the cursor has passed a place, so that nothing there will ever be asked for again. */
  hasPassed(event: Appended): boolean;
}

interface Poll {
  readonly positions: readonly number[];
  /** Transactions that are as old as this, or younger, were left for later. Only where that is the strategy. */
  readonly fence?: bigint;
}

/** How events are written, and how they are read. */
export interface Strategy {
  /** What it needs in the schema beyond what the adapter has made. */
  readonly prepare?: (schema: string) => string;
  append(client: ClientBase, schema: string, stream: string): Promise<Appended>;
  follow(pool: Pool, schema: string): LogFollower;
}

/** The four of them. The registry and the serialised append are the adapter's own; the other two are what people write. */
export const STRATEGY: Readonly<Record<StrategyName, Strategy>> = {
  naive: { append: appendPlainly, follow: followByPosition },
  registry: { append: appendBy("registry"), follow: followByAdapter },
  serialized: { append: appendBy("serialized"), follow: followByPosition },
  fence: {
    prepare: (schema) =>
      `alter table ${schema}.events add column txid xid8 not null default pg_current_xact_id()`,
    append: appendPlainly,
    follow: followBelowFence,
  },
};

/** Draws a position and writes, with nothing that could tell readers of it. The stream's row is locked before, as ever. */
async function appendPlainly(
  client: ClientBase,
  schema: string,
  stream: string,
): Promise<Appended> {
  const { rows } = await client.query(
    `insert into ${schema}.events (position, stream, version, type, payload, metadata, recorded_at, append_end)
     select position, $1, version, 'Happened', '{}', '{}', now(), position
     from (
       select nextval('${schema}.events_position') as position, version
       from (select ${schema}.advance($1, -1, 1) + 1 as version offset 0) moved
       offset 0
     ) drawn
     returning position, version, pg_current_xact_id() as txid`,
    [stream],
  );
  return appendedOf(rows[0]);
}

function appendBy(ordering: "registry" | "serialized"): Strategy["append"] {
  return async function append(client, schema, stream) {
    const { rows } = await client.query(
      `select a.positions[1] as position, a.befores[1] + 1 as version, pg_current_xact_id() as txid
       from ${schema}.append(
         array[$1], '{-1}', '{1}', '{Happened}', '{"{}"}', '{"{}"}', now(), serialized => $2
       ) a`,
      [stream, ordering === "serialized"],
    );
    return appendedOf(rows[0]);
  };
}

function appendedOf({ position, version, txid }: Record<string, string>): Appended {
  return { position: Number(position), version: Number(version), txid: BigInt(txid!) }; // each column is asked for
}

/** Asks for whatever is above the highest position it has seen. */
function followByPosition(pool: Pool, schema: string): LogFollower {
  let cursor = 0;
  return {
    async poll() {
      const { rows } = await pool.query<{ position: string }>(
        `select position from ${schema}.events where position > $1 order by position`,
        [cursor],
      );
      const positions = rows.map(({ position }) => Number(position));
      cursor = positions.at(-1) ?? cursor;
      return { positions };
    },
    hasPassed: ({ position }) => position <= cursor,
  };
}

/** Reads as every projector of the adapter does. */
function followByAdapter(pool: Pool, schema: string): LogFollower {
  const store = createPostgresStore(pool, { schema });
  let cursor = 0;
  return {
    async poll() {
      const { events } = await store.readLog({ after: cursor, limit: 100 });
      const positions = events.map(({ position }) => position);
      cursor = positions.at(-1) ?? cursor;
      return { positions };
    },
    hasPassed: ({ position }) => position <= cursor,
  };
}

/**
 * Reads only what transactions wrote that are older than the oldest one that is running. With positions alone for a cursor it
 * would still lose events, for the order of transactions is not that of positions: so the cursor is made of both.
 */
function followBelowFence(pool: Pool, schema: string): LogFollower {
  let cursor = { txid: 0n, position: 0 };
  return {
    async poll() {
      const { rows } = await pool.query<{ fence: string; txid: string; position: string | null }>(
        `select f.fence, e.txid, e.position
         from (select pg_snapshot_xmin(pg_current_snapshot()) as fence) f
         left join ${schema}.events e
           on (e.txid, e.position) > ($1::text::xid8, $2::bigint) and e.txid < f.fence
         order by e.txid, e.position`,
        [String(cursor.txid), cursor.position],
      );
      const found = rows.flatMap(({ txid, position }) =>
        position === null ? [] : { txid: BigInt(txid), position: Number(position) },
      );
      cursor = found.at(-1) ?? cursor;
      return { positions: found.map(({ position }) => position), fence: BigInt(rows[0]!.fence) }; // one row at least
    },
    hasPassed: ({ txid, position }) =>
      txid < cursor.txid || (txid === cursor.txid && position <= cursor.position),
  };
}
