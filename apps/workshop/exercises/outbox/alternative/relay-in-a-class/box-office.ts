import type { Message } from "@counterpoint/bus";

/** Does all of `work`, or nothing when it throws or the process dies. Others see it when it is committed. */
export interface Database {
  transaction(work: (tx: Transaction) => Promise<void>): Promise<void>;
}

export interface Transaction {
  ownerOf(seat: string): Promise<string | undefined>;
  setOwner(seat: string, customer: string): Promise<void>;
  /** Adds a row to the table of messages that somebody else is going to send. */
  addToOutbox(message: Message): Promise<void>;
}

export interface Broker {
  send(message: Message): Promise<void>;
}

interface Surroundings {
  readonly database: Database;
  readonly broker: Broker;
}

export class BoxOffice {
  readonly #database: Database;

  constructor({ database }: Surroundings) {
    this.#database = database;
  }

  /** The message first: within one transaction the order is all the same. */
  reserve(seat: string, customer: string): Promise<void> {
    return this.#database.transaction(async (tx) => {
      await tx.addToOutbox({ type: "SeatReserved", payload: { seat, customer } });
      const owner = await tx.ownerOf(seat);
      if (owner !== undefined) throw new RangeError(`${owner} has ${seat}.`);
      await tx.setOwner(seat, customer);
    });
  }
}

export function createBoxOffice(around: Surroundings): BoxOffice {
  return new BoxOffice(around);
}
