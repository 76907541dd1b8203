import type { AnyEventContract, EventMessage, MessageOf } from "@counterpoint/bus";

/**
 * Holds the rules by which one kind of aggregate follows from its events: plain data and pure functions.
 *
 * `evolve` only records what has happened. It is total and never validates: an event of the past cannot be refused any
 * more. Rules live where events are decided, in functions from state to new events.
 */
export interface Decider<TState, TEvent extends EventMessage = EventMessage> {
  /** The state of an aggregate that has no events. Never mutated. */
  readonly initial: TState;
  /** Applies one event. An event of a type that the decider does not list leaves the state as it is. */
  evolve(state: TState, event: TEvent): TState;
  /** Tells whether the decider lists this event type. */
  knows(type: string): boolean;
}

interface DeciderDefinition<TState, TContracts extends readonly AnyEventContract[]> {
  /** The contracts of all events that the aggregate can record. */
  readonly events: TContracts;
  readonly initial: TState;
  /** One pure function for each event type. */
  readonly evolve: {
    readonly [TType in MessageOf<TContracts[number]>["type"]]: (
      state: TState,
      event: Extract<MessageOf<TContracts[number]>, { readonly type: TType }>,
    ) => TState;
  };
}

/**
 * Makes a decider.
 *
 * @throws {TypeError} When an event is listed twice or has no `evolve` function.
 * @example
 * ```ts
 * import { event, type } from "@counterpoint/bus";
 * import { decider } from "@counterpoint/write-model";
 *
 * const Deposited = event("Deposited", { payload: type<{ amount: number }>() });
 * const account = decider({
 *   events: [Deposited],
 *   initial: { balance: 0 },
 *   evolve: { Deposited: ({ balance }, { payload }) => ({ balance: balance + payload.amount }) },
 * });
 * account.evolve({ balance: 1 }, Deposited({ amount: 2 })); // => { balance: 3 }
 * ```
 */
export function decider<TState, const TContracts extends readonly AnyEventContract[]>(
  definition: DeciderDefinition<TState, TContracts>,
): Decider<TState, MessageOf<TContracts[number]>> {
  type Evolve = (state: TState, event: MessageOf<TContracts[number]>) => TState;
  const given = new Map<string, unknown>(Object.entries(definition.evolve));
  const evolvers = new Map<string, Evolve>();
  for (const { type } of definition.events) {
    const evolve = given.get(type);
    if (typeof evolve !== "function")
      throw new TypeError(`Expected evolve.${type} to be a function.`);
    if (evolvers.has(type)) throw new TypeError(`The decider lists ${type} twice.`);
    evolvers.set(type, evolve as Evolve); // keyed by the event's own type, as the definition demands
  }
  return {
    initial: definition.initial,
    evolve: (state, event) => {
      const evolve = evolvers.get(event.type);
      return evolve ? evolve(state, event) : state;
    },
    knows: (type) => evolvers.has(type),
  };
}

/** Folds events, oldest first, into a state. */
export function fold<TState, TEvent extends EventMessage>(
  { evolve }: Decider<TState, TEvent>,
  state: TState,
  events: readonly TEvent[],
): TState {
  return events.reduce(evolve, state);
}
