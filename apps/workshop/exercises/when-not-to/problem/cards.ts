import { CommandBus, command, event, type } from "@counterpoint/bus";
import type { MemoryStore } from "@counterpoint/memory";
import { createProjector, projection } from "@counterpoint/read-model";
import { createEventSourcedRepository, decider } from "@counterpoint/write-model";

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
const CardSaved = event("CardSaved", { payload: type<Card>() });
const CardRemoved = event("CardRemoved", { payload: type<{ id: string }>() });
const events = [CardSaved, CardRemoved] as const;
const evolve = { CardSaved: () => true, CardRemoved: () => false };

const cardsView = projection("cards", {
  version: 1,
  events,
  columns: { id: "text", name: "text", email: "text" },
  key: ({ payload }) => payload.id,
  on: { CardSaved: (_, { payload }) => payload, CardRemoved: () => null },
});

export function createCards({ store }: Platform): Cards {
  const exists = decider({ events, initial: false, evolve });
  const repository = createEventSourcedRepository(store, exists, { category: "card" });
  const bus = new CommandBus()
    .register(SaveCard, async (card) => {
      if (!card.email.includes("@")) throw Object.assign(new Error(), { code: "INVALID_CARD" });
      await repository.update(card.id, () => [CardSaved(card)]);
    })
    .register(RemoveCard, async ({ id }) => {
      await repository.update(id, (exists) => (exists ? [CardRemoved({ id })] : []));
    });
  void createProjector(store, { projections: [cardsView], delayMs: 50 }).start();
  return {
    save: (card) => bus.dispatch(SaveCard(card)),
    remove: (id) => bus.dispatch(RemoveCard({ id })),
    find: (id) => store.readModel(cardsView).get(id),
  };
}
