import type { Middleware } from "@counterpoint/bus";
import { isConcurrencyError } from "@counterpoint/events";

/** After a conflict, a transaction refuses everything but its rollback, as in Postgres. */
export interface Database {
  begin(): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }>;
}

/** Writes one line for each command: `ReserveSeat done` or `ReserveSeat failed`. */
export const audit =
  (log: (line: string) => void): Middleware =>
  async (message, next) => {
    try {
      const answer = await next();
      log(`${message.type} done`);
      return answer;
    } catch (error) {
      log(`${message.type} failed`);
      throw error;
    }
  };

/** Keeps what lies below in one transaction, and begins another one when it met a conflict. */
export function transactions(database: Database, tries: number): Middleware {
  return async function transactions(_message, next) {
    for (let left = tries - 1; ; left--) {
      const current = await database.begin();
      try {
        const answer = await next();
        await current.commit();
        return answer;
      } catch (error) {
        await current.rollback();
        if (left === 0 || !isConcurrencyError(error)) throw error;
      }
    }
  };
}
