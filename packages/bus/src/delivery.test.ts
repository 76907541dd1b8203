import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CreateDeliveringBus, Published } from "../test/delivery-model.ts";
import { deliversLikeTheModel } from "../test/delivery-model.ts";
import { verdict } from "../test/disagreement.ts";
import { PlainEventBus, wrongEventBuses } from "../test/planted-event-buses.ts";
import { event } from "./contract.ts";
import { EventBus } from "./event-bus.ts";
import type { Middleware } from "./middleware.ts";
import { retry } from "./middleware/retry.ts";
import { type } from "./standard-schema.ts";

const createEventBus =
  (middlewareFor: (retries: number) => readonly Middleware[]): CreateDeliveringBus =>
  (retries) => {
    const contract = (name: string) => event(name, { payload: type<Published>() });
    const bus = new EventBus({ middleware: middlewareFor(retries) });
    return {
      subscribe: (name, subscriber) => bus.subscribe(contract(name), subscriber as () => void), // may return anything
      publish: (name, payload) => bus.publish(contract(name)(payload)),
    };
  };
const withRetry = createEventBus((times) => [retry({ times, delayMs: () => 0 })]);
const bare = createEventBus(() => []);

describe("EventBus delivers like the model, whatever fails, lasts, answers or leaves:", () => {
  it("without middleware, where synchronous subscribers finish within publish", async () => {
    await fc.assert(deliversLikeTheModel(bare, { maxRetries: 0 }), { numRuns: 500 });
  });

  it("with retry", async () => {
    await fc.assert(deliversLikeTheModel(withRetry), { numRuns: 500 });
  });
});

describe("the law of delivery", () => {
  const seeds = [8, 99, 1010];
  const verdicts = async (create: CreateDeliveringBus): Promise<string[]> => {
    const found: string[] = [];
    for (const seed of seeds) {
      found.push(await verdict(deliversLikeTheModel(create), { seed, numRuns: 1000 }));
    }
    return found;
  };

  it.each<[string, CreateDeliveringBus]>([
    ["EventBus with retry", withRetry],
    ["the plain event bus", (retries) => new PlainEventBus(retries)],
  ])("lets a right bus pass: %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "passes"));
  });

  it.each(Object.entries(wrongEventBuses))("kills a bus that %s", async (_, create) => {
    expect(await verdicts(create)).toEqual(seeds.map(() => "killed"));
  });
});
