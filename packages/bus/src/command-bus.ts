import type {
  AnyCommandContract,
  CommandMessage,
  MessageOf,
  PayloadOf,
  ResultOf,
} from "./contract.ts";
import type { Context, DispatchOptions } from "./context.ts";
import type { BusOptions } from "./router.ts";
import { Router } from "./router.ts";

/** Answers one command. What it throws reaches the caller unchanged. */
export type CommandHandler<TContract extends AnyCommandContract> = (
  payload: PayloadOf<TContract>,
  context: Context,
) => ResultOf<TContract> | Promise<ResultOf<TContract>>;

/**
 * Routes each command to the one handler that was registered for its exact type name.
 *
 * The bus keeps its routes in its type: dispatching what was not registered does not compile. Routes belong to the
 * instance; two buses share nothing.
 *
 * @typeParam TRoutes - The union of registered command messages; grows with each `register`.
 * @example
 * ```ts
 * import { command, CommandBus, type } from "@counterpoint/bus";
 *
 * const CreateUser = command("CreateUser", {
 *   payload: type<{ name: string }>(),
 *   result: type<{ userId: string }>(),
 * });
 * const commands = new CommandBus().register(CreateUser, async ({ name }) => ({
 *   userId: name.toLowerCase(),
 * }));
 * await commands.dispatch(CreateUser({ name: "Ada" })); // => { userId: "ada" }
 * ```
 */
export class CommandBus<in TRoutes extends CommandMessage = never> {
  readonly #router: Router;

  /** @throws {TypeError} When a middleware is not a function. */
  constructor(options: BusOptions = {}) {
    this.#router = new Router("command", options);
  }

  /**
   * Adds the route of one command.
   *
   * @returns This bus, with the route in its type.
   * @throws {BusError} `DUPLICATE_HANDLER` when the type has a handler already.
   * @throws {TypeError} When the contract is no command or the handler no function.
   */
  register<TContract extends AnyCommandContract>(
    contract: TContract,
    handler: CommandHandler<TContract>,
  ): CommandBus<TRoutes | MessageOf<TContract>> {
    this.#router.register(contract, handler);
    return this as unknown as CommandBus<TRoutes | MessageOf<TContract>>; // the route exists from here on
  }

  /**
   * Takes a route out again. Without effect when there is none. Messages under way are not disturbed.
   *
   * @returns This bus, without the route in its type.
   * @throws {TypeError} When the contract is no command.
   */
  unregister<TContract extends AnyCommandContract>(
    contract: TContract,
  ): CommandBus<Exclude<TRoutes, MessageOf<TContract>>> {
    this.#router.unregister(contract);
    return this as unknown as CommandBus<Exclude<TRoutes, MessageOf<TContract>>>; // the route is gone from here on
  }

  /** Tells whether a handler is registered for exactly this type name. */
  has(type: string): boolean {
    return this.#router.has(type);
  }

  /**
   * Hands a command to its handler.
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
