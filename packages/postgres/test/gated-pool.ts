import type { Pool, PoolClient } from "pg";
import type { PoolLike } from "../src/index.ts";

/** A pool whose clients wait, once, before a statement that a test has picked. */
export interface GatedPool {
  readonly db: PoolLike;
  /** Resolves with the server's process when the statement is about to be sent. */
  readonly reached: Promise<number>;
  readonly open: () => void;
}

/** @param nth - Before which of the statements that match to wait; from 1. */
export function gatedPool(pool: Pool, pattern: RegExp, nth = 1): GatedPool {
  let arrive = (_process: number): void => {};
  let open = (): void => {};
  const reached = new Promise<number>((resolve) => (arrive = resolve));
  const passed = new Promise<void>((resolve) => (open = resolve));
  let matches = 0;
  const guarded = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(_, name) {
        const member: unknown = Reflect.get(client, name, client);
        if (typeof member !== "function") return member;
        if (name !== "query") return member.bind(client) as unknown;
        return async (query: { text: string }) => {
          if (pattern.test(query.text) && ++matches === nth) {
            arrive((client as unknown as { processID: number }).processID); // as pg has it
            await passed;
          }
          return client.query(query);
        };
      },
    });
  const db = new Proxy(pool, {
    get(_, name) {
      const member: unknown = Reflect.get(pool, name, pool);
      if (name !== "connect") return typeof member === "function" ? member.bind(pool) : member;
      return (callback: (error: Error | undefined, client: PoolClient | undefined) => void) =>
        pool.connect((error, client) => callback(error, client && guarded(client)));
    },
  });
  return { db: db as unknown as PoolLike, reached, open: () => open() };
}
