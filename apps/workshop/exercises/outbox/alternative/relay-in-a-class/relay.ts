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

/** Sends all that is due, then moves the cursor once: fewer writes, more repetition after a crash. */
export class Relay {
  readonly #outbox: Outbox;
  readonly #broker: Broker;

  constructor(outbox: Outbox, broker: Broker) {
    this.#outbox = outbox;
    this.#broker = broker;
  }

  async run(): Promise<void> {
    const commits = await this.#outbox.commits(await this.#outbox.loadCursor());
    const messages = commits.flatMap(({ rows }) => rows.map(({ message }) => message));
    for (const message of messages) await this.#broker.send(message);
    const last = commits.at(-1);
    if (last) await this.#outbox.saveCursor(last.lsn);
  }
}

export function createRelay(outbox: Outbox, broker: Broker): Relay {
  return new Relay(outbox, broker);
}
