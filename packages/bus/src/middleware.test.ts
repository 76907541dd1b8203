import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { verdict } from "../test/disagreement.ts";
import type { CreateOnion } from "../test/onion-model.ts";
import { wrapsLikeTheModel } from "../test/onion-model.ts";
import { plainOnion, wrongOnions } from "../test/planted-onions.ts";
import { CommandBus } from "./command-bus.ts";
import { command, event, query } from "./contract.ts";
import { EventBus } from "./event-bus.ts";
import type { Middleware } from "./middleware.ts";
import type { BusOptions } from "./router.ts";
import { compose } from "./middleware.ts";
import { QueryBus } from "./query-bus.ts";
import { type } from "./standard-schema.ts";

const anything = { payload: type<unknown>(), result: type<unknown>() };
const Do = command("Do", anything);
const Ask = query("Ask", anything);
const Happened = event("Happened", { payload: type<unknown>() });

const rightOnions: Record<string, CreateOnion> = {
  CommandBus: (middleware, handle) => {
    const bus = new CommandBus({ middleware }).register(Do, (payload, { metadata }) =>
      handle(payload, metadata.actor),
    );
    return (payload) => bus.dispatch(Do(payload));
  },
  QueryBus: (middleware, handle) => {
    const bus = new QueryBus({ middleware }).register(Ask, (payload, { metadata }) =>
      handle(payload, metadata.actor),
    );
    return (payload) => bus.dispatch(Ask(payload));
  },
  "EventBus, per subscriber": (middleware, handle) => {
    // A publisher learns no result: the outermost layer carries it out.
    let outcome: unknown;
    const carry: Middleware = (_, next) => (outcome = (async () => next())());
    const bus = new EventBus({ middleware: [carry, ...middleware] });
    bus.subscribe(Happened, (payload, { metadata }) => handle(payload, metadata.actor) as void); // carried out above
    return async (payload) => {
      await bus.publish(Happened(payload)).catch(() => {});
      return outcome;
    };
  },
};

describe.each(Object.entries(rightOnions))("the middleware of %s", (_, create) => {
  it("wraps like the model, for any stack", async () => {
    await fc.assert(wrapsLikeTheModel(create), { numRuns: 500 });
  });
});

describe("the law of the onion", () => {
  const seeds = [5, 66, 777];
  const verdicts = (create: CreateOnion): Promise<string[]> =>
    Promise.all(seeds.map((seed) => verdict(wrapsLikeTheModel(create), { seed, numRuns: 500 })));

  it.each(Object.entries({ ...rightOnions, "the plain onion": plainOnion }))(
    "lets a right onion pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongOnions))("kills an onion that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});

describe("compose", () => {
  it.each([0, 1, 2, 3, 4, 7])("reads a stack of %i once, and never again per call", (depth) => {
    let reads = 0;
    const pass: Middleware = (_, next) => next();
    const middlewares = new Proxy(Array<Middleware>(depth).fill(pass), {
      get: (target, key, receiver): unknown => {
        reads++;
        return Reflect.get(target, key, receiver);
      },
    });
    const run = compose(middlewares, ({ payload }) => payload);
    reads = 0;
    const context = { contract: Do, metadata: {}, signal: undefined, deadlineAtMs: undefined };
    expect([1, 2, 3].map((payload) => run(Do(payload), context))).toEqual([1, 2, 3]);
    expect(reads).toBe(0);
  });

  it("hands back the handler itself where there is no middleware", () => {
    const handle = (): void => {};
    expect(compose([], handle)).toBe(handle);
  });
});

describe("a bus with middleware", () => {
  it("turns what a middleware throws synchronously into a rejection with the same object", async () => {
    const error = new Error("stop");
    const stop: Middleware = () => {
      throw error;
    };
    const bus = new CommandBus({ middleware: [stop] }).register(Do, () => "done");
    await expect(bus.dispatch(Do(1))).rejects.toBe(error);
  });

  it("hands back the handler's own promise through middlewares that only pass on", () => {
    const own = Promise.resolve("done");
    const pass: Middleware = (_, next) => next();
    const bus = new CommandBus({ middleware: [pass, pass, pass, pass] }).register(Do, () => own);
    expect(bus.dispatch(Do(1))).toBe(own);
  });

  it("keeps to the middlewares that it was built with when the list changes", async () => {
    const late = vi.fn<Middleware>((_, next) => next());
    const middleware: Middleware[] = [];
    const bus = new CommandBus({ middleware });
    middleware.push(late);
    await bus.register(Do, () => "done").dispatch(Do(1));
    expect(late).not.toHaveBeenCalled();
  });

  it("stays with the route when a middleware changes the type", async () => {
    const rename: Middleware = (message, next) => next({ ...message, type: "Other" });
    const bus = new CommandBus({ middleware: [rename] })
      .register(Do, () => "own")
      .register(command("Other", anything), () => "other");
    expect(await bus.dispatch(Do(1))).toBe("own");
  });

  it("is not called for a message that has no route", async () => {
    const middleware = vi.fn<Middleware>((_, next) => next());
    const bus = new CommandBus({ middleware: [middleware] });
    await expect(bus.dispatch(Do(1) as never)).rejects.toThrow("No handler registered for Do");
    expect(middleware).not.toHaveBeenCalled();
  });

  it.each<[string, (options: BusOptions) => unknown]>([
    ["CommandBus", (options) => new CommandBus(options)],
    ["QueryBus", (options) => new QueryBus(options)],
    ["EventBus", (options) => new EventBus(options)],
  ])("refuses a middleware that is no function: %s", (_, build) => {
    const pass: Middleware = (_, next) => next();
    const withHole: Middleware[] = [];
    withHole[1] = pass;
    expect(() => build({ middleware: [pass, undefined as never] })).toThrow(
      new TypeError(
        "Expected middleware 1 to be a function (message, next, context), got undefined.",
      ),
    );
    expect(() => build({ middleware: withHole })).toThrow("Expected middleware 0 to be a function");
  });
});
