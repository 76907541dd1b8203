import { BusError } from "./bus-error.ts";
import type { AnyContract, Message } from "./contract.ts";
import type { Context, DispatchOptions } from "./context.ts";
import { contextOf, contextWith } from "./context.ts";
import type { Middleware, Step } from "./middleware.ts";
import { assertMiddlewares, compose } from "./middleware.ts";

/** What every bus can be built with. */
export interface BusOptions {
  /** Wraps every handler, outermost first. */
  readonly middleware?: readonly Middleware[];
  /** Tells the time in epoch milliseconds; asked only for a dispatch that carries a deadline. Default `Date.now`. */
  readonly now?: () => number;
}

type AnyHandler = (payload: never, context: Context) => unknown;

interface Route {
  readonly run: Step;
  readonly context: Context;
}

/** Routes messages of one kind to exactly one handler by exact type name: the engine of both request buses. */
export class Router {
  readonly #kind: "command" | "query";
  readonly #middlewares: readonly Middleware[];
  readonly #now: () => number;
  readonly #routes = new Map<string, Route>();

  constructor(kind: "command" | "query", options: BusOptions) {
    this.#kind = kind;
    this.#middlewares = [...(options.middleware ?? [])];
    this.#now = options.now ?? Date.now;
    assertMiddlewares(this.#middlewares);
  }

  register(contract: AnyContract, handler: AnyHandler): void {
    assertRegistration(this.#kind, contract, handler);
    if (this.#routes.has(contract.type)) {
      throw new BusError(
        "DUPLICATE_HANDLER",
        `A handler for ${contract.type} is registered already; unregister it first.`,
        { details: { type: contract.type } },
      );
    }
    const handle = handler as (payload: unknown, context: Context) => unknown; // typed by the bus in front
    this.#routes.set(contract.type, {
      run: compose(this.#middlewares, (message, context) => handle(message.payload, context)),
      context: contextOf(contract),
    });
  }

  unregister(contract: AnyContract): void {
    this.#routes.delete(contract.type);
  }

  has(type: string): boolean {
    return this.#routes.has(type);
  }

  dispatch(message: Message, options: DispatchOptions | undefined): Promise<unknown> {
    try {
      const route = this.#routes.get(message.type);
      if (route === undefined) return Promise.reject(notRouted(message));
      const context =
        options === undefined
          ? route.context
          : contextWith(options, route.context.contract, this.#now);
      const result = route.run(message, context);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(message == null ? invalid(message) : error);
    }
  }
}

/** @throws {TypeError} When the contract is of another kind or the handler is no function. */
export function assertRegistration(
  kind: "command" | "query" | "event",
  contract: AnyContract,
  handler: unknown,
): void {
  if (contract?.kind !== kind) {
    const got = contract?.kind ? `the ${contract.kind} ${contract.type}` : typeof contract;
    throw new TypeError(`Expected a contract made by ${kind}(…), got ${got}.`);
  }
  if (typeof handler !== "function") {
    throw new TypeError(
      `Expected the handler of ${contract.type} to be a function, got ${typeof handler}.`,
    );
  }
}

/** @returns The refusal of what is no message at all. */
export function invalid(message: unknown): BusError<"INVALID_MESSAGE"> {
  return new BusError(
    "INVALID_MESSAGE",
    `Expected a message { type, payload }, got ${message === null ? "null" : typeof message}.` +
      ` Call a contract to make one.`,
  );
}

function notRouted(message: Message): BusError {
  if (typeof message.type !== "string") return invalid(message);
  return new BusError("HANDLER_NOT_FOUND", `No handler registered for ${message.type}`, {
    details: { type: message.type },
  });
}
