import type { Middleware } from "@counterpoint/bus";

/** After a conflict, a transaction refuses everything but its rollback, as in Postgres. */
export interface Database {
  begin(): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }>;
}

/** Writes one line for each command: `ReserveSeat done` or `ReserveSeat failed`. */
export const audit =
  (log: (line: string) => void): Middleware =>
  async (message, next) => {
    const handled = (async () => next())();
    handled.then(
      () => log(`${message.type} done`),
      () => log(`${message.type} failed`),
    );
    return handled;
  };

/** Keeps what lies below in one transaction. */
export const transaction =
  (database: Database): Middleware =>
  async (_message, next) => {
    const current = await database.begin();
    try {
      const answer = await next();
      await current.commit();
      return answer;
    } catch (error) {
      await current.rollback();
      throw error;
    }
  };
