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

/** One rule, one table. */
export function createCards({ table }: Platform): Cards {
  return {
    async save(card) {
      if (!card.email.includes("@")) throw Object.assign(new Error(), { code: "INVALID_CARD" });
      await table.put(card);
    },
    remove: (id) => table.delete(id),
    find: (id) => table.get(id),
  };
}
