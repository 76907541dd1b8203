import type { AnyQueryContract, QueryMessage, MessageOf, PayloadOf, ResultOf } from "./contract.ts";
import type { Context, DispatchOptions } from "./context.ts";
import type { BusOptions } from "./router.ts";
import { Router } from "./router.ts";

/** Answers one query, without a side effect. What it throws reaches the caller unchanged. */
export type QueryHandler<TContract extends AnyQueryContract> = (
  payload: PayloadOf<TContract>,
  context: Context,
) => ResultOf<TContract> | Promise<ResultOf<TContract>>;

/**
 * Routes each query to the one handler that was registered for its exact type name.
 *
 * The bus keeps its routes in its type: dispatching what was not registered does not compile. Routes belong to the
 * instance; two buses share nothing.
 *
 * @typeParam TRoutes - The union of registered query messages; grows with each `register`.
 * @example
 * ```ts
 * import { query, QueryBus, type } from "@counterpoint/bus";
 *
 * const GetUser = query("GetUser", {
 *   payload: type<{ userId: string }>(),
 *   result: type<{ name: string }>(),
 * });
 * const queries = new QueryBus().register(GetUser, async ({ userId }) => ({
 *   name: `User ${userId}`,
 * }));
 * await queries.dispatch(GetUser({ userId: "1" })); // => { name: "User 1" }
 * ```
 */
export class QueryBus<in TRoutes extends QueryMessage = never> {
  readonly #router: Router;

  /** @throws {TypeError} When a middleware is not a function. */
  constructor(options: BusOptions = {}) {
    this.#router = new Router("query", options);
  }

  /**
   * Adds the route of one query.
   *
   * @returns This bus, with the route in its type.
   * @throws {BusError} `DUPLICATE_HANDLER` when the type has a handler already.
   * @throws {TypeError} When the contract is no query or the handler no function.
   */
  register<TContract extends AnyQueryContract>(
    contract: TContract,
    handler: QueryHandler<TContract>,
  ): QueryBus<TRoutes | MessageOf<TContract>> {
    this.#router.register(contract, handler);
    return this as unknown as QueryBus<TRoutes | MessageOf<TContract>>; // the route exists from here on
  }

  /**
   * Takes a route out again. Without effect when there is none. Messages under way are not disturbed.
   *
   * @returns This bus, without the route in its type.
   * @throws {TypeError} When the contract is no query.
   */
  unregister<TContract extends AnyQueryContract>(
    contract: TContract,
  ): QueryBus<Exclude<TRoutes, MessageOf<TContract>>> {
    this.#router.unregister(contract);
    return this as unknown as QueryBus<Exclude<TRoutes, MessageOf<TContract>>>; // the route is gone from here on
  }

  /** Tells whether a handler is registered for exactly this type name. */
  has(type: string): boolean {
    return this.#router.has(type);
  }

  /**
   * Hands a query to its handler.
   *
   * Never throws synchronously. Without middleware the promise is the handler's own, and the error that a handler throws
   * is the very object that rejects.
   *
   * @throws {BusError} `HANDLER_NOT_FOUND`, `INVALID_MESSAGE`, `ABORTED` or `DEADLINE_EXCEEDED` (as a rejection).
   * @throws {RangeError} When `deadlineAtMs` is not a finite number (as a rejection).
   */
  dispatch<TMessage extends TRoutes>(
    message: TMessage,
    options?: DispatchOptions,
  ): Promise<ResultOf<TMessage>> {
    return this.#router.dispatch(message, options) as Promise<ResultOf<TMessage>>; // `register` typed the handler so
  }
}
