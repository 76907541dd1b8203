import type { Message } from "./contract.ts";
import type { Context } from "./context.ts";

/**
 * Calls what lies below: the next middleware, or the handler.
 *
 * Each call runs everything below again, so a retry may call it as often as it likes. Without arguments the same
 * message and context go on; a changed message (a parsed payload) or context (other metadata) may be handed down.
 * It may throw synchronously or return a promise, as the handler does: `await next()` covers both.
 */
export type Next = (message?: Message, context?: Context) => unknown;

/**
 * Wraps the handling of every message of a bus, outermost first.
 *
 * Return what `next()` returns, or something else, or throw to stop the message. A middleware that neither awaits nor
 * wraps costs nearly nothing.
 *
 * @example
 * const shout: Middleware = async (message, next) => `${await next()}!`;
 */
export type Middleware = (message: Message, next: Next, context: Context) => unknown;

/** Handles one message at one route. */
export type Step = (message: Message, context: Context) => unknown;

/** Composes the onion of one route, once. The first middleware is the outermost. */
export function compose(middlewares: readonly Middleware[], handle: Step): Step {
  return middlewares.reduceRight<Step>(
    (inner, middleware) =>
      function layer(message, context) {
        const next: Next = (nextMessage = message, nextContext = context) =>
          inner(nextMessage, nextContext);
        return middleware(message, next, context);
      },
    handle,
  );
}

export function assertMiddlewares(middlewares: readonly Middleware[]): void {
  for (const [index, middleware] of middlewares.entries()) {
    if (typeof middleware !== "function") {
      throw new TypeError(
        `Expected middleware ${index} to be a function (message, next, context), got ${typeof middleware}.` +
          ` Factories are called: validate(), not validate.`,
      );
    }
  }
}
