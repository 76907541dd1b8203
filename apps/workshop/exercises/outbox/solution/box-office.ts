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

/** Announces nothing itself: the message is committed with the seat, and the relay sends it. */
export function createBoxOffice({ database }: Surroundings) {
  return {
    async reserve(seat: string, customer: string): Promise<void> {
      await database.transaction(async (tx) => {
        if (await tx.ownerOf(seat)) throw new Error(`${seat} is taken.`);
        await tx.setOwner(seat, customer);
        await tx.addToOutbox({ type: "SeatReserved", payload: { seat, customer } });
      });
    },
  };
}
