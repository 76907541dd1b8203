import { CommandBus, QueryBus, command, query, type } from "@counterpoint/bus";
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

const SaveCard = command("SaveCard", { payload: type<Card>() });
const RemoveCard = command("RemoveCard", { payload: type<{ id: string }>() });
const FindCard = query("FindCard", {
  payload: type<{ id: string }>(),
  result: type<Card | undefined>(),
});

export function createCards({ table }: Platform): Cards {
  const commands = new CommandBus()
    .register(SaveCard, async (card) => {
      if (!card.email.includes("@")) throw Object.assign(new Error(), { code: "INVALID_CARD" });
      await table.put(card);
    })
    .register(RemoveCard, ({ id }) => table.delete(id));
  const queries = new QueryBus().register(FindCard, ({ id }) => table.get(id));
  return {
    save: (card) => commands.dispatch(SaveCard(card)),
    remove: (id) => commands.dispatch(RemoveCard({ id })),
    find: (id) => queries.dispatch(FindCard({ id })),
  };
}
