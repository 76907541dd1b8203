import type { AnyEventContract, EventMessage, PayloadOf } from "./contract.ts";
import type { Context, DispatchOptions } from "./context.ts";
import { contextOf, contextWith } from "./context.ts";
import { DONE, Publication, Subscription } from "./delivery.ts";
import type { Middleware } from "./middleware.ts";
import { assertMiddlewares, compose } from "./middleware.ts";
import type { BusOptions } from "./router.ts";
import { assertRegistration, invalid } from "./router.ts";

/** Reacts to one event. What it throws reaches the publisher inside an `AggregateError`. */
export type Subscriber<TContract extends AnyEventContract> = (
  payload: PayloadOf<TContract>,
  context: Context,
) => void | Promise<void>;

/** Ends a subscription. Call it, or declare it with `using`. Calling it again does nothing. */
export interface Unsubscribe extends Disposable {
  (): void;
}

/**
 * Tells any number of subscribers, in this process, that something happened.
 *
 * - `publish` resolves when every subscriber has finished.
 * - One failing subscriber never starves another: failures arrive together, as one `AggregateError`.
 * - A subscriber handles one event at a time, in the order of publishing, also when nobody awaits `publish`.
 * - Middleware wraps each subscriber by itself, so a retry repeats the one that failed and no other.
 * - Delivery is at most once and lives in memory: what must survive a crash belongs into the log, and is read from there.
 *
 * A subscriber that publishes an event which reaches itself must not await it: it would wait for its own end.
 *
 * @example
 * const UserRegistered = event("UserRegistered", { payload: type<{ userId: string }>() });
 * const events = new EventBus();
 * using _ = events.subscribe(UserRegistered, ({ userId }) => console.log(userId));
 * await events.publish(UserRegistered({ userId: "1" })); // prints 1
 */
export class EventBus {
  readonly #middlewares: readonly Middleware[];
  readonly #now: () => number;
  readonly #subscriptions = new Map<string, readonly Subscription[]>();

  /** @throws {TypeError} When a middleware is not a function. */
  constructor(options: BusOptions = {}) {
    this.#middlewares = [...(options.middleware ?? [])];
    this.#now = options.now ?? Date.now;
    assertMiddlewares(this.#middlewares);
  }

  /**
   * Adds a subscriber. The same function may be added more than once and is then called as often.
   *
   * @returns A disposer: events published afterwards no longer arrive, nor do those that still wait for their turn.
   * @throws {TypeError} When the contract is no event or the subscriber no function.
   */
  subscribe<TContract extends AnyEventContract>(
    contract: TContract,
    subscriber: Subscriber<TContract>,
  ): Unsubscribe {
    assertRegistration("event", contract, subscriber);
    const subscription = new Subscription(
      contextOf(contract),
      compose(this.#middlewares, (message, context) =>
        subscriber(message.payload as PayloadOf<TContract>, context),
      ), // routed by the contract's own type, so the payload is the contract's
    );
    this.#subscriptions.set(contract.type, [...this.#of(contract.type), subscription]);
    const unsubscribe = (): void => {
      if (!subscription.active) return;
      subscription.active = false;
      const rest = this.#of(contract.type).filter((other) => other !== subscription);
      if (rest.length > 0) this.#subscriptions.set(contract.type, rest);
      else this.#subscriptions.delete(contract.type);
    };
    return Object.assign(unsubscribe, { [Symbol.dispose]: unsubscribe });
  }

  /**
   * Delivers an event to everybody who is subscribed at this moment.
   *
   * Never throws synchronously. An event without subscribers is no error.
   *
   * @throws {AggregateError} When subscribers failed: `errors` holds what they threw, in the order of subscription.
   * @throws {BusError} `INVALID_MESSAGE`, `ABORTED` or `DEADLINE_EXCEEDED`, and then nobody was called.
   */
  publish(event: EventMessage, options?: DispatchOptions): Promise<void> {
    try {
      if (typeof event?.type !== "string") return Promise.reject(invalid(event));
      const subscriptions = this.#subscriptions.get(event.type);
      if (subscriptions === undefined) return DONE;
      const given = options && contextWith(options, subscriptions[0]!.context.contract, this.#now);
      const publication = new Publication(event, subscriptions.length);
      for (let index = 0; index < subscriptions.length; index++) {
        const subscription = subscriptions[index]!; // in bounds; an indexed loop allocates no iterator
        const { context } = subscription;
        subscription.deliver({
          publication,
          index,
          context: given ? { ...given, contract: context.contract } : context,
          next: undefined,
        });
      }
      return publication.settled();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #of(type: string): readonly Subscription[] {
    return this.#subscriptions.get(type) ?? [];
  }
}
