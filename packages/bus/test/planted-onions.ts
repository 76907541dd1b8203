import type { Context, Message, Middleware } from "../src/index.ts";
import { command } from "../src/index.ts";
import type { CreateOnion } from "./onion-model.ts";

type Handle = (message: Message, context: Context) => unknown;
type Compose = (middlewares: readonly Middleware[], handle: Handle) => Handle;

/** A right onion, written without a look at the real one. */
export const plainOnion: CreateOnion = onion((middlewares, handle) => {
  const descend =
    (depth: number): Handle =>
    (message, context) => {
      const middleware = middlewares[depth];
      if (middleware === undefined) return handle(message, context);
      return middleware(message, (m, c) => descend(depth + 1)(m ?? message, c ?? context), context);
    };
  return descend(0);
});

/** Wrong onions: defects of real libraries, and slips that are easy to make. */
export const wrongOnions: Readonly<Record<string, CreateOnion>> = {
  "runs inside out": onion((middlewares, handle) =>
    middlewares.reduce((inner, middleware) => layer(middleware, inner), handle),
  ),
  "skips what is below when next is called again": onion(
    (middlewares, handle) => (message, context) => {
      let position = 0;
      const next = (m: Message, c: Context): unknown => {
        const middleware = middlewares[position++];
        return middleware ? middleware(m, (m2 = m, c2 = c) => next(m2, c2), c) : handle(m, c);
      };
      return next(message, context);
    },
  ),
  "refuses a second call of next": onion((middlewares, handle) =>
    reduce(middlewares, handle, (middleware, inner) => (message, context) => {
      let called = false;
      const next = (m = message, c = context) => {
        if (called) throw "next() called multiple times";
        called = true;
        return inner(m, c);
      };
      return middleware(message, next, context);
    }),
  ),
  "answers a second call of next from memory": onion((middlewares, handle) =>
    reduce(middlewares, handle, (middleware, inner) => (message, context) => {
      let answer: { readonly given: unknown } | undefined;
      const next = (m = message, c = context) => (answer ??= { given: inner(m, c) }).given;
      return middleware(message, next, context);
    }),
  ),
  "drops a changed message": onion((middlewares, handle) =>
    reduce(
      middlewares,
      handle,
      (middleware, inner) => (message, context) =>
        middleware(message, (_, c = context) => inner(message, c), context),
    ),
  ),
  "drops a changed context": onion((middlewares, handle) =>
    reduce(
      middlewares,
      handle,
      (middleware, inner) => (message, context) =>
        middleware(message, (m = message) => inner(m, context), context),
    ),
  ),
  "remembers the message of an earlier call": onion((middlewares, handle) =>
    reduce(middlewares, handle, (middleware, inner) => {
      let latest: Message | undefined;
      return (message, context) =>
        middleware(
          message,
          (m = latest ?? message, c = context) => inner((latest = m), c),
          context,
        );
    }),
  ),
  "leaves out the fourth layer": onion((middlewares, handle) =>
    reduce(
      middlewares.filter((_, depth) => depth !== 3),
      handle,
      layer,
    ),
  ),
  "calls the handler whatever the middlewares do": onion((middlewares, handle) => {
    const run = reduce(middlewares, handle, layer);
    return async (message, context) => {
      const result = await run(message, context);
      return typeof result === "string" && result.startsWith("stopped")
        ? handle(message, context)
        : result;
    };
  }),
  "throws synchronously": (middlewares, handle) => {
    const run = reduce(middlewares, asHandle(handle), layer);
    return (payload) => Promise.resolve(run({ type: "Wrapped", payload }, emptyContext));
  },
};

const emptyContext: Context = {
  contract: command("Wrapped"),
  metadata: {},
  signal: undefined,
  deadlineAtMs: undefined,
};

function layer(middleware: Middleware, inner: Handle): Handle {
  return (message, context) =>
    middleware(message, (m = message, c = context) => inner(m, c), context);
}

function reduce(
  middlewares: readonly Middleware[],
  handle: Handle,
  wrap: (middleware: Middleware, inner: Handle) => Handle,
): Handle {
  return middlewares.reduceRight((inner, middleware) => wrap(middleware, inner), handle);
}

function onion(compose: Compose): CreateOnion {
  return (middlewares, handle) => {
    const run = compose(middlewares, asHandle(handle));
    return async (payload) => run({ type: "Wrapped", payload }, emptyContext);
  };
}

function asHandle(handle: Parameters<CreateOnion>[1]): Handle {
  return ({ payload }, { metadata }) => handle(payload, metadata.actor);
}
