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

const refuse = (email: string): never => {
  throw Object.assign(new RangeError(`${email} has no @`), { code: "INVALID_CARD" });
};

/** Looks before it writes: costs a call, and spares a write when nothing has changed. */
export const createCards = ({ table }: Platform): Cards => ({
  save: async ({ id, name, email }) => {
    if (email.indexOf("@") < 0) refuse(email);
    const known = await table.get(id);
    if (known?.name === name && known.email === email) return;
    if (known) await table.delete(id);
    await table.put({ id, name, email });
  },
  remove: async (id) => {
    if (await table.get(id)) await table.delete(id);
  },
  find: table.get.bind(table),
});
