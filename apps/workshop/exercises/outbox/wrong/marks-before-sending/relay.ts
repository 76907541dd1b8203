import type { Message } from "@counterpoint/bus";
import type { Broker } from "./box-office.ts";

/** An id is drawn when the row is inserted; the row is visible when its transaction commits. */
export interface Row {
  readonly id: number;
  readonly message: Message;
}

/** The table, and what the database's own log of commits says of it. */
export interface Outbox {
  /** All rows with an id above this, in the order of ids. */
  rows(afterId: number): Promise<readonly Row[]>;
  deleteRow(id: number): Promise<void>;
  /** What was inserted, transaction by transaction; `lsn` rises in the order of commits. */
  commits(
    afterLsn: number,
  ): Promise<readonly { readonly lsn: number; readonly rows: readonly Row[] }[]>;
  /** A number that is yours, and survives the process; 0 at first. */
  loadCursor(): Promise<number>;
  saveCursor(cursor: number): Promise<void>;
}

export function createRelay(outbox: Outbox, broker: Broker) {
  return {
    async run(): Promise<void> {
      for (const { id, message } of await outbox.rows(0)) {
        await outbox.deleteRow(id); // so that no other relay takes it too
        await broker.send(message);
      }
    },
  };
}
