import { join, resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { lockFolder } from "./folder-lock.ts";

export interface OpenPgliteOptions {
  /** Where to keep the data; made if need be. Default: in memory. */
  readonly dataDir?: string;
}

export interface OpenedPglite extends AsyncDisposable {
  readonly db: PGlite;
  /** Closes it and frees the folder. Repeating it changes nothing. */
  close(): Promise<void>;
}

/**
 * Opens a PGlite (the optional peer `@electric-sql/pglite`) on a folder that no other process has open.
 *
 * PGlite itself does not refuse a second opener, and two of them destroy the data. The guard holds among those who open it
 * by this function; what a process that was killed has left behind does not count. For Node; in a browser, make the
 * PGlite yourself.
 *
 * @throws {Error} When a process that is alive, this one included, has the folder open, or it is a file.
 * @example
 * ```ts
 * import { createPostgresStore, migrate } from "@counterpoint/postgres";
 * import { openPglite } from "@counterpoint/postgres/pglite";
 *
 * await using pglite = await openPglite({ dataDir: "./data" });
 * await migrate(pglite.db);
 * const store = createPostgresStore(pglite.db);
 * await store.head(); // => 0
 * ```
 */
export async function openPglite({ dataDir }: OpenPgliteOptions = {}): Promise<OpenedPglite> {
  if (dataDir === undefined) return handle(await PGlite.create());
  const folder = resolve(dataDir);
  const lock = await lockFolder(folder);
  try {
    return handle(await PGlite.create(join(folder, "pglite")), () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function handle(db: PGlite, closed?: () => Promise<void>): OpenedPglite {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= db.close().then(closed));
  return { db, close, [Symbol.asyncDispose]: close };
}
