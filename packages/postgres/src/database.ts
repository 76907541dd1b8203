import type { Param } from "./param.ts";
import { encodeParam } from "./param.ts";
import { pgliteSession } from "./pglite-session.ts";
import { isOutage, uncertain } from "./postgres-errors.ts";

/**
 * What a store needs of `pg.Pool`. It takes clients and gives them back; it never ends the pool.
 *
 * While a pool has no `error` listener of its own, the store adds an empty one: Node ends the process otherwise when an idle
 * client loses its server, although the pool only has to drop that client, and does.
 */
export interface PoolLike {
  connect(callback: (error: Error | undefined, client: PoolClientLike | undefined) => void): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  listenerCount(event: "error"): number;
}

/** What a store needs of a client of `pg.Pool`. */
export interface PoolClientLike {
  query(config: PoolQuery): Promise<{ readonly rows: unknown[] }>;
  release(error?: Error | boolean): void;
  on(event: "error" | "end" | "notification", listener: (message: unknown) => void): unknown;
  removeListener(event: string, listener: (message: unknown) => void): unknown;
}

interface PoolQuery {
  text: string;
  name?: string;
  values?: unknown[];
  rowMode?: "array";
  types?: { getTypeParser(): (value: string) => string };
}

/** What a store needs of PGlite. It never closes it. */
export interface PgliteLike extends PgliteSession {
  transaction<T>(work: (tx: PgliteSession) => Promise<T>): Promise<T>;
  listen(channel: string, listener: () => void): Promise<() => Promise<void>>;
}

export interface PgliteSession {
  query(text: string, values?: unknown[], options?: PgliteQueryOptions): Promise<PgliteResults>;
  exec(text: string, options?: PgliteQueryOptions): Promise<PgliteResults[]>;
}

interface PgliteResults {
  readonly rows: unknown[];
  readonly fields: readonly { readonly dataTypeID: number }[];
}

interface PgliteQueryOptions {
  rowMode?: "array";
  parsers?: Record<number, (value: string) => string>;
}

/** Where a store lives: a `pg.Pool`, or a PGlite. Both fit as they are; neither is ever ended or closed. */
export type Database = PoolLike | PgliteLike;

/** A statement that is prepared once per connection, where the driver can. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Row = readonly (string | null)[];

/** One connection, or one after another. */
export interface Session {
  run(statement: Statement, params?: readonly Param[]): Promise<readonly Row[]>;
  /** Runs any number of statements without parameters. */
  exec(text: string): Promise<void>;
}

/** One form for both drivers. A statement outside of `transaction` commits by itself. */
export interface Driver extends Session {
  /**
   * Runs the work in one transaction, READ COMMITTED, and commits; rolls back when the work fails, and never gives a
   * connection back with a transaction open.
   */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  readonly kind: "pool" | "pglite";
}

/** Makes a statement; its name follows from its text, so that stores of several schemas may share connections. */
export function statement(text: string): Statement {
  let a = 0x811c9dc5;
  let b = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = (Math.imul(b, 31) + code) | 0;
  }
  return { name: `cp_${(a >>> 0).toString(36)}_${(b >>> 0).toString(36)}`, text };
}

/**
 * Finds out what it was given, and makes a driver of it.
 *
 * @throws {TypeError} When it is neither a pool nor a PGlite.
 */
export function driverOf(db: Database): Driver {
  if (isPglite(db)) return pgliteDriver(db);
  if (isPool(db)) return poolDriver(db);
  throw new TypeError("Expected a pg.Pool or a PGlite (a single pg.Client cannot be shared).");
}

export function isPglite(db: Database): db is PgliteLike {
  return typeof db === "object" && db !== null && "transaction" in db && "exec" in db;
}

function isPool(db: Database): db is PoolLike {
  // a Client has connect and query, too, but does not count what it has lent
  return typeof db === "object" && db !== null && "connect" in db && "totalCount" in db;
}

const textOnly = { getTypeParser: () => (value: string) => value };

function poolDriver(pool: PoolLike): Driver {
  if (pool.listenerCount("error") === 0) pool.on("error", () => undefined);
  return {
    kind: "pool",
    run: (statement, params) =>
      borrow(pool, (session) => session.run(statement, params).catch(uncertain)),
    exec: (text) => borrow(pool, (session) => session.exec(text).catch(uncertain)),
    transaction: (work) =>
      borrow(pool, async (session) => {
        await session.exec("begin isolation level read committed");
        let result;
        try {
          result = await work(session);
        } catch (error) {
          await session.exec("rollback").catch(() => undefined); // then the connection is broken, and dropped
          throw error;
        }
        await session.exec("commit").catch(uncertain);
        return result;
      }),
  };
}

async function borrow<T>(pool: PoolLike, work: (session: Session) => Promise<T>): Promise<T> {
  let broken: Error | undefined;
  const lost = (error: unknown): void => {
    broken = error instanceof Error ? error : new Error(String(error));
  };
  const client = await checkOut(pool, lost);
  try {
    return await work(poolSession(client, lost));
  } finally {
    client.removeListener("error", lost);
    client.release(broken);
  }
}

/**
 * Takes a client out of the pool. From then on nobody but us hears when it is lost, and Node ends a process that does not
 * listen. So this is done by callback: a promise would come a moment too late.
 */
export function checkOut(pool: PoolLike, lost: (error: unknown) => void): Promise<PoolClientLike> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (!client) return reject(error ?? new Error("The pool gave no client."));
      client.on("error", lost);
      resolve(client);
    });
  });
}

function poolSession(client: PoolClientLike, lost: (error: unknown) => void): Session {
  return {
    run: async ({ name, text }, params = []) =>
      (
        await send({
          name,
          text,
          values: params.map(encodeParam),
          rowMode: "array",
          types: textOnly,
        })
      ).rows as Row[], // rowMode and types say so
    exec: async (text) => void (await send({ text })),
  };

  async function send(query: PoolQuery): Promise<{ readonly rows: unknown[] }> {
    try {
      return await client.query(query);
    } catch (error) {
      if (isOutage(error)) lost(error);
      throw error;
    }
  }
}

function pgliteDriver(db: PgliteLike): Driver {
  return {
    kind: "pglite",
    ...pgliteSession(db, db),
    transaction: (work) =>
      db.transaction(async (tx) => {
        await tx.exec("set transaction isolation level read committed");
        return work(pgliteSession(tx, db));
      }),
  };
}
