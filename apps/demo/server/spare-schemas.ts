import type { Database } from "@counterpoint/postgres";
import type { Sql } from "./claimed-schemas.ts";
import { claim, dropUnclaimed, release } from "./claimed-schemas.ts";
import type { OpenSpareStore } from "./lab/burst/targets.ts";

/** A connection that nobody else uses. What it has locked is free when it ends, however it ends. */
export interface OwnConnection extends Sql {
  end(): Promise<void>;
}

const NAME = "^counterpoint_spare_[0-9a-f]{8}$";

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
  await dropUnclaimed(cleaner, NAME);

  return async function openSpare(inline) {
    const schema = `counterpoint_spare_${crypto.randomUUID().slice(0, 8)}`;
    const keeper = await connect();
    const close = async (): Promise<void> => {
      await using _keeper = held(keeper);
      await db.query(`drop schema if exists ${schema} cascade`);
      await release(keeper, schema);
    };
    try {
      await claim(keeper, schema);
      await migrate(db, { schema });
    } catch (error) {
      await close();
      throw error;
    }
    return { store: createPostgresStore(db, { schema, inline }), close };
  };
}

function held(connection: OwnConnection): OwnConnection & AsyncDisposable {
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.end() });
}
