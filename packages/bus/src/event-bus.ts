import type { AnyEventContract, EventMessage, PayloadOf } from "./contract.ts";
import type { Context, DispatchOptions } from "./context.ts";
import { contextOf, contextWith } from "./context.ts";
import { DONE, Publication, Subscription } from "./delivery.ts";
import type { Middleware } from "./middleware.ts";
import { compose, middlewaresOf } from "./middleware.ts";
import type { BusOptions } from "./router.ts";
import { assertContract, assertHandler, invalid, isMessage } from "./router.ts";

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
 * - A subscription handles one event at a time, in the order of publishing, also when nobody awaits `publish` and when
 *   a subscriber publishes in turn. Two subscriptions are independent of each other, also those of one function.
 * - Middleware wraps each subscriber by itself, so a retry repeats the one that failed and no other.
 * - Delivery is at most once and lives in memory: what must survive a crash belongs into the log, and is read from there.
 *
 * A subscriber must not await the publishing of an event that comes back to itself, directly or by way of others: it
 * would wait for its own end.
 *
 * @example
 * ```ts
 * import { event, EventBus, type } from "@counterpoint/bus";
 *
 * const UserRegistered = event("UserRegistered", { payload: type<{ userId: string }>() });
 * const events = new EventBus();
 * using _ = events.subscribe(UserRegistered, ({ userId }) => console.log(userId)); // => 1
 * await events.publish(UserRegistered({ userId: "1" }));
 * ```
 */
export class EventBus {
  readonly #middlewares: readonly Middleware[];
  readonly #now: () => number;
  /** What subscribers publish while another event is being handed out lines up here, so that all hear it later. */
  #deferred: Publication[] = [];
  #delivering = false;
  readonly #subscriptions = new Map<string, readonly Subscription[]>();

  /** @throws {TypeError} When a middleware is not a function. */
  constructor(options: BusOptions = {}) {
    this.#middlewares = middlewaresOf(options.middleware);
    this.#now = options.now ?? Date.now;
  }

  /**
   * Adds a subscriber. The same function may be added more than once and is then called as often.
   *
   * @returns A disposer: events published afterwards no longer arrive, nor do those that still wait for their turn
   *   (their publishers no longer wait for this subscriber). A call under way goes on to its end.
   * @throws {TypeError} When the contract is no event or the subscriber no function.
   */
  subscribe<TContract extends AnyEventContract>(
    contract: TContract,
    subscriber: Subscriber<TContract>,
  ): Unsubscribe {
    assertContract("event", contract);
    assertHandler(contract, subscriber);
    const subscription = new Subscription(
      contextOf(contract),
      compose(this.#middlewares, (message, context) =>
        subscriber(message.payload as PayloadOf<TContract>, context),
      ), // routed by the contract's own type, so the payload is the contract's
    );
    this.#subscriptions.set(contract.type, [...this.#of(contract.type), subscription]);
    const unsubscribe = (): void => {
      const rest = this.#of(contract.type).filter((other) => other !== subscription);
      if (rest.length > 0) this.#subscriptions.set(contract.type, rest);
      else this.#subscriptions.delete(contract.type);
      subscription.stop();
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
   * @throws {RangeError} When `deadlineAtMs` is not a finite number.
   */
  publish(event: EventMessage, options?: DispatchOptions): Promise<void> {
    try {
      if (!isMessage(event)) throw invalid(event);
      const subscriptions = this.#subscriptions.get(event.type);
      if (!subscriptions) return DONE;
      const given = options && contextWith(options, subscriptions[0]!.context.contract, this.#now);
      const publication = new Publication(event, subscriptions, given);
      if (this.#delivering) this.#deferred.push(publication);
      else this.#deliver(publication);
      return publication.settled();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #deliver(publication: Publication): void {
    this.#delivering = true;
    publication.deliver();
    if (this.#deferred.length > 0) {
      for (const later of this.#deferred) later.deliver(); // may grow on the way
      this.#deferred = [];
    }
    this.#delivering = false;
  }

  #of(type: string): readonly Subscription[] {
    return this.#subscriptions.get(type) ?? [];
  }
}
