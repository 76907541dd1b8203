import type { Database } from "@counterpoint/postgres";
import type { OpenSpareStore } from "./lab/burst/targets.ts";

/** What both drivers have. */
interface Sql {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** A connection that nobody else uses. What it has locked is free when it ends, however it ends. */
export interface OwnConnection extends Sql {
  end(): Promise<void>;
}

const NAME = "^counterpoint_spare_[0-9a-f]{8}$";
/** Keeps these locks apart from everybody else's; "spar" in ASCII. */
const SPACE = 0x73_70_61_72;

/**
 * Makes stores of a burst: each in a schema of its own, which is dropped at the store's end. A process that was killed
 * could not drop its own, so those of the dead are dropped first; a lock tells which of them are alive.
 */
export async function spareSchemas(
  db: Database & Sql,
  connect: () => Promise<OwnConnection>,
): Promise<OpenSpareStore> {
  const { createPostgresStore, migrate } = await import("@counterpoint/postgres");
  await using cleaner = held(await connect());
  for (const schema of await sparesIn(cleaner)) {
    if (!(await lock(cleaner, schema))) continue;
    await cleaner.query(`drop schema if exists ${schema} cascade`); // somebody else may have been here
    await unlock(cleaner, schema);
  }

  return async function openSpare(inline) {
    const schema = `counterpoint_spare_${crypto.randomUUID().slice(0, 8)}`;
    const keeper = await connect();
    const close = async (): Promise<void> => {
      await using _keeper = held(keeper);
      await db.query(`drop schema if exists ${schema} cascade`);
      await unlock(keeper, schema);
    };
    try {
      await lock(keeper, schema);
      await migrate(db, { schema });
    } catch (error) {
      await close();
      throw error;
    }
    return { store: createPostgresStore(db, { schema, inline }), close };
  };
}

/** The spare schemas that are there, and may be dropped. */
async function sparesIn(sql: Sql): Promise<readonly string[]> {
  const { rows } = await sql.query(
    "select nspname from pg_namespace where nspname ~ $1 and pg_has_role(nspowner, 'usage')",
    [NAME],
  );
  return (rows as { nspname: string }[]).map(({ nspname }) => nspname); // the statement says so
}

/** @returns Whether it was free. */
async function lock(sql: Sql, schema: string): Promise<boolean> {
  const { rows } = await sql.query(
    `select pg_try_advisory_lock(${SPACE}, hashtext($1)) as "isMine"`,
    [schema],
  );
  return (rows as { isMine: boolean }[])[0]?.isMine === true; // the statement says so
}

async function unlock(sql: Sql, schema: string): Promise<void> {
  await sql.query(`select pg_advisory_unlock(${SPACE}, hashtext($1))`, [schema]);
}

function held(connection: OwnConnection): OwnConnection & AsyncDisposable {
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.end() });
}
