import type { IdempotencyStore } from "@counterpoint/bus/idempotency";
import { createMemoryIdempotencyStore, createMemoryStore } from "@counterpoint/memory";
import type { Clock } from "@counterpoint/events";
import type { CliOptions } from "./cli.ts";
import { UsageError } from "./cli.ts";
import type { OpenSpareStore } from "./lab/burst/targets.ts";
import { openSpareMemory } from "./lab/burst/targets.ts";
import { spareSchemas } from "./spare-schemas.ts";
import type { DemoStore } from "./wiring.ts";
import { usersSync } from "./wiring.ts";

/** A store, and what to say of it. */
export interface OpenedStore {
  readonly store: DemoStore;
  /** Keeps idempotency keys beside it. */
  readonly attempts: IdempotencyStore;
  /** Where the data lives, for people. */
  readonly description: string;
  /** Opens another store at the same place. */
  readonly openSpare: OpenSpareStore;
  /** How others may connect to it; only where it is a server. */
  readonly connectionString?: string;
  close(): Promise<void>;
}

type OpenOptions = Pick<CliOptions, "store" | "dataDir" | "databaseUrl"> & {
  readonly clock: Clock;
};

/**
 * Opens the store that somebody chose. What the users are made of does not change with it.
 *
 * @throws {UsageError} When it cannot be opened, saying why.
 */
export async function openStore(options: OpenOptions): Promise<OpenedStore> {
  try {
    switch (options.store) {
      case "memory":
        return openMemory(options);
      case "pglite":
        return await openPgliteStore(options);
      case "postgres":
        return await (options.databaseUrl
          ? openGivenServer(options.databaseUrl)
          : openEmbedded(options));
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The store "${options.store}" could not be opened: ${reason}`, {
      cause: error,
    });
  }
}

function openMemory({ clock }: OpenOptions): OpenedStore {
  return {
    store: createMemoryStore({ inline: [usersSync], clock }),
    attempts: createMemoryIdempotencyStore({ now: () => clock.now() }),
    description: "memory (gone when you stop)",
    openSpare: openSpareMemory(clock),
    close: async () => {},
  };
}

async function openPgliteStore({ dataDir }: OpenOptions): Promise<OpenedStore> {
  const [{ openPglite }, { createPostgresIdempotencyStore, createPostgresStore, migrate }] =
    await Promise.all([import("@counterpoint/postgres/pglite"), import("@counterpoint/postgres")]);
  const { db, close } = await openPglite(dataDir === undefined ? {} : { dataDir });
  const openSpare = await migrate(db)
    .then(() => spareSchemas(db, async () => ({ query: db.query.bind(db), end: async () => {} })))
    .catch((error: unknown) => close().then(() => Promise.reject(error)));
  const kept = dataDir === undefined ? "in memory, gone when you stop" : `kept in ${dataDir}`;
  return {
    store: createPostgresStore(db, { inline: [usersSync] }),
    attempts: createPostgresIdempotencyStore(db),
    description: `PGlite, Postgres in this process (${kept})`,
    openSpare,
    close,
  };
}

async function openEmbedded({ dataDir }: OpenOptions): Promise<OpenedStore> {
  const { startEmbeddedPostgres } = await import("@counterpoint/postgres/embedded");
  const server = await startEmbeddedPostgres(dataDir === undefined ? {} : { dataDir });
  const opened = await openServer(server.connectionString).catch((error: unknown) =>
    server.stop().then(() => Promise.reject(error)),
  );
  const kept = dataDir === undefined ? "temporary, gone when you stop" : `kept in ${dataDir}`;
  return {
    store: opened.store,
    attempts: opened.attempts,
    openSpare: opened.openSpare,
    description: `Postgres, a server of its own (${kept})\n          ${server.connectionString}`,
    connectionString: server.connectionString,
    async close() {
      await opened.close();
      await server.stop();
    },
  };
}

async function openGivenServer(databaseUrl: string): Promise<OpenedStore> {
  if (!ADDRESS.test(databaseUrl) || !URL.canParse(databaseUrl)) {
    throw new UsageError(
      "DATABASE_URL must read like postgres://user:password@localhost:5432/database.",
    );
  }
  try {
    return await openServer(databaseUrl);
  } catch (error) {
    const place = withoutPassword(databaseUrl);
    throw new UsageError(`DATABASE_URL names ${place}, which cannot be used: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

const ADDRESS = /^postgres(ql)?:\/\//;

async function openServer(connectionString: string): Promise<OpenedStore> {
  const [{ default: pg }, { createPostgresIdempotencyStore, createPostgresStore, migrate }] =
    await Promise.all([import("pg"), import("@counterpoint/postgres")]);
  const address = { connectionString, connectionTimeoutMillis: 5_000 };
  const pool = new pg.Pool(address);
  pool.on("error", () => {}); // an idle connection was lost: the next query opens another, or says that it cannot
  const connect = async () => {
    const client = new pg.Client(address);
    client.on("error", () => {}); // as above; whoever uses it next learns of it
    await client.connect();
    return client;
  };
  const openSpare = await migrate(pool)
    .then(() => spareSchemas(pool, connect))
    .catch((error: unknown) => pool.end().then(() => Promise.reject(error)));
  return {
    store: createPostgresStore(pool, { inline: [usersSync], listen: true }),
    attempts: createPostgresIdempotencyStore(pool),
    description: `Postgres at ${withoutPassword(connectionString)}`,
    openSpare,
    connectionString,
    close: () => pool.end(),
  };
}

function withoutPassword(connectionString: string): string {
  const url = new URL(connectionString);
  url.password = "";
  url.search = ""; // it may hold one, too
  return url.href;
}

/** What the driver itself said; the store's own words around it are about writes, and nobody has written yet. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== ""
    ? error.cause.message
    : error.message;
}
