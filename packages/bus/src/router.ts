import { BusError } from "./bus-error.ts";
import type { AnyContract, Message } from "./contract.ts";
import type { Context, DispatchOptions } from "./context.ts";
import { contextOf, contextWith } from "./context.ts";
import type { Middleware, Step } from "./middleware.ts";
import { compose, middlewaresOf } from "./middleware.ts";

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
    this.#middlewares = middlewaresOf(options.middleware);
    this.#now = options.now ?? Date.now;
  }

  register(contract: AnyContract, handler: AnyHandler): void {
    assertContract(this.#kind, contract);
    assertHandler(contract, handler);
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
    assertContract(this.#kind, contract);
    this.#routes.delete(contract.type);
  }

  has(type: string): boolean {
    return this.#routes.has(type);
  }

  dispatch(message: Message, options: DispatchOptions | undefined): Promise<unknown> {
    try {
      if (!isMessage(message)) throw invalid(message);
      const route = this.#routes.get(message.type);
      if (!route) throw notFound(message.type);
      const context = options
        ? contextWith(options, route.context.contract, this.#now)
        : route.context;
      const result = route.run(message, context);
      return result instanceof Promise ? result : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** @throws {TypeError} When the contract is of another kind. */
export function assertContract(kind: AnyContract["kind"], contract: AnyContract): void {
  if (contract?.kind !== kind) {
    const got = contract?.kind ? `the ${contract.kind} ${contract.type}` : typeof contract;
    throw new TypeError(`Expected a contract made by ${kind}(…), got ${got}.`);
  }
}

/** @throws {TypeError} When the handler is no function. */
export function assertHandler(contract: AnyContract, handler: unknown): void {
  if (typeof handler !== "function") {
    throw new TypeError(
      `Expected the handler of ${contract.type} to be a function, got ${typeof handler}.`,
    );
  }
}

/** Tells whether there is anything to route by. A contract that nobody called is no message. */
export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && typeof (value as Message | null)?.type === "string";
}

/** @returns The refusal of what is no message at all. */
export function invalid(value: unknown): BusError<"INVALID_MESSAGE"> {
  let got: string = value === null ? "null" : typeof value;
  if (got === "object") got = `{ type: ${typeof (value as Partial<Message>).type} }`; // an object may be asked
  return new BusError(
    "INVALID_MESSAGE",
    `Expected a message { type: string, payload }, got ${got}. Call a contract to make one.`,
  );
}

function notFound(type: string): BusError<"HANDLER_NOT_FOUND"> {
  return new BusError("HANDLER_NOT_FOUND", `No handler registered for ${type}`, {
    details: { type },
  });
}
