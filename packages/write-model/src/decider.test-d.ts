import { event, type } from "@counterpoint/bus";
import { expectTypeOf } from "vitest";
import type { Decider } from "./decider.ts";
import { decider } from "./decider.ts";
import type { Repository } from "./repository.ts";

const Deposited = event("Deposited", { payload: type<{ amount: number }>() });
const Closed = event("Closed");

const account = decider({
  events: [Deposited, Closed],
  initial: { balance: 0 },
  evolve: {
    Deposited: (state, event) => {
      expectTypeOf(event.payload).toEqualTypeOf<{ amount: number }>();
      return { balance: state.balance + event.payload.amount };
    },
    Closed: (state) => state,
  },
});

expectTypeOf(account.initial).toEqualTypeOf<{ balance: number }>();
expectTypeOf(account.evolve)
  .parameter(1)
  .toHaveProperty("type")
  .toEqualTypeOf<"Deposited" | "Closed">();

// @ts-expect-error -- every event needs its function
decider({ events: [Deposited, Closed], initial: 0, evolve: { Closed: (state: number) => state } });

decider({
  events: [Closed],
  initial: 0,
  // @ts-expect-error -- a function for an event that is not listed
  evolve: { Closed: (state: number) => state, Deposited: (state: number) => state },
});

decider({
  events: [Deposited],
  initial: { balance: 0 },
  // @ts-expect-error -- the next state is not a state
  evolve: { Deposited: () => ({ balance: "5" }) },
});

declare const accounts: Repository<
  { balance: number },
  typeof account extends Decider<infer _, infer TEvent> ? TEvent : never
>;

void accounts.update("1", ({ balance }) => (balance > 5 ? [Closed()] : []));
void accounts.update("1", (state, version) => {
  expectTypeOf(state).toEqualTypeOf<{ balance: number }>();
  expectTypeOf(version).toBeNumber();
  return [Deposited({ amount: 1 })];
});
// @ts-expect-error -- not one of the decider's events
void accounts.update("1", () => [{ type: "Stranger", payload: {} }]);
// @ts-expect-error -- decisions are synchronous
void accounts.update("1", async () => []);
