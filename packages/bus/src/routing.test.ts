import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verdict } from "../test/disagreement.ts";
import { PlainBus, wrongBuses } from "../test/planted-routing-buses.ts";
import type { CreateRoutingBus } from "../test/routing-model.ts";
import { routesLikeTheModel } from "../test/routing-model.ts";
import { CommandBus } from "./command-bus.ts";
import type { CommandMessage, QueryMessage } from "./contract.ts";
import { command, query } from "./contract.ts";
import { QueryBus } from "./query-bus.ts";
import { type } from "./standard-schema.ts";

const anything = { payload: type<unknown>(), result: type<unknown>() };

const rightBuses: Record<string, CreateRoutingBus> = {
  CommandBus: () => {
    const bus = new CommandBus<CommandMessage>();
    return {
      register: (name, handler) => void bus.register(command(name, anything), handler),
      unregister: (name) => void bus.unregister(command(name)),
      has: (name) => bus.has(name),
      dispatch: (message) => bus.dispatch(message as CommandMessage), // malformed ones on purpose
    };
  },
  QueryBus: () => {
    const bus = new QueryBus<QueryMessage>();
    return {
      register: (name, handler) => void bus.register(query(name, anything), handler),
      unregister: (name) => void bus.unregister(query(name)),
      has: (name) => bus.has(name),
      dispatch: (message) => bus.dispatch(message as QueryMessage), // malformed ones on purpose
    };
  },
};

describe.each(Object.entries(rightBuses))("%s", (_, create) => {
  it("routes like the model, for any names and any sequence of calls", async () => {
    await fc.assert(routesLikeTheModel(create), { numRuns: 500 });
  });
});

describe("the law of routing", () => {
  const seeds = [1, 22, 333, 4444];

  it.each(Object.entries({ ...rightBuses, "the plain bus": () => new PlainBus() }))(
    "lets a right bus pass: %s",
    async (_, create) => {
      expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
    },
  );

  it.each(Object.entries(wrongBuses))("kills a bus that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });

  function verdicts(create: CreateRoutingBus): Promise<string[]> {
    return Promise.all(
      seeds.map((seed) => verdict(routesLikeTheModel(create), { seed, numRuns: 500 })),
    );
  }
});
