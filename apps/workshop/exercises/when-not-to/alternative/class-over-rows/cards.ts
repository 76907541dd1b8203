import type { MemoryStore } from "@counterpoint/memory";

/** Where the box office finds a customer's address. Whoever saves last is right. */
export type Card = Readonly<Record<"id" | "name" | "email", string>>;

export interface Cards {
  /** Makes or replaces the card. Rejects with the code `INVALID_CARD` when the e-mail has no @. */
  save(card: Card): Promise<void>;
  remove(id: string): Promise<void>;
  find(id: string): Promise<Card | undefined>;
}

/** What there is to keep things in: take what you need. `put` inserts or replaces. */
export interface Platform {
  readonly store: MemoryStore;
  readonly table: {
    get(id: string): Promise<Card | undefined>;
    put(row: Card): Promise<void>;
    delete(id: string): Promise<void>;
  };
}

export class InvalidCard extends Error {
  readonly code = "INVALID_CARD";
}

class CardService implements Cards {
  readonly #table: Platform["table"];

  constructor(table: Platform["table"]) {
    this.#table = table;
  }

  async save(card: Card): Promise<void> {
    if (!/@/.test(card.email)) throw new InvalidCard(`${card.email} is no e-mail address.`);
    await this.#table.put({ ...card });
  }

  async remove(id: string): Promise<void> {
    await this.#table.delete(id);
  }

  async find(id: string): Promise<Card | undefined> {
    return this.#table.get(id);
  }
}

export function createCards({ table }: Platform): Cards {
  return new CardService(table);
}
