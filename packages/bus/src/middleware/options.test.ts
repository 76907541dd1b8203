import { expect, it } from "vitest";
import { cache } from "./cache.ts";
import { idempotency } from "./idempotency.ts";
import { limit } from "./limit.ts";
import { logging } from "./logging.ts";
import { metrics } from "./metrics.ts";
import { retry } from "./retry.ts";
import { timeout } from "./timeout.ts";
import { tracing } from "./tracing.ts";
import { validate } from "./validate.ts";

type Factory = (options?: unknown) => unknown;

const factories = {
  cache,
  idempotency,
  limit,
  logging,
  metrics,
  retry,
  timeout,
  tracing,
  validate,
};
const all = Object.entries(factories) as [string, Factory][]; // as a caller without types sees them

const none: Readonly<Record<string, Error>> = {
  cache: new RangeError("Expected cache({ ttlMs }) to be > 0, got undefined."),
  idempotency: new TypeError(
    "Expected idempotency({ store }) to have a method begin; createMemoryIdempotencyStore() of @counterpoint/memory makes a store.",
  ),
  limit: new RangeError("Expected limit({ concurrency }) to be an integer ≥ 1, got undefined."),
  metrics: new TypeError("Expected metrics({ record }) to be a function, got undefined."),
  retry: new RangeError("Expected retry({ times }) to be an integer ≥ 0, got undefined."),
  tracing: new TypeError("Expected tracing({ tracer }) to be a tracer of @opentelemetry/api."),
};

it.each(all)("%s names what is missing, or needs nothing", (name, factory) => {
  const refusal = none[name];
  for (const options of [undefined, {}]) {
    if (refusal) expect(() => factory(options)).toThrow(refusal);
    else expect(factory(options)).toBeTypeOf("function");
  }
});

it.each(all)("%s refuses an option that it does not know", (name, factory) => {
  expect(() => factory({ timeoutMs: 5 })).toThrow(TypeError);
  expect(() => factory({ timeoutMs: 5 })).toThrow(`${name} has no option timeoutMs; it has: `);
});

it.each<[Factory, object, string]>([
  [timeout as Factory, { ms: "5" }, "Expected timeout({ ms }) to be of type number, got string."],
  [timeout as Factory, { now: 0 }, "Expected timeout({ now }) to be of type function, got number."],
  [retry as Factory, { times: "3" }, "Expected retry({ times }) to be of type number, got string."],
  [
    idempotency as Factory,
    { store: "redis" },
    "Expected idempotency({ store }) to be of type object or function, got string.",
  ],
  [
    cache as Factory,
    { ttlMs: "60000", maxEntries: 1 },
    "Expected cache({ ttlMs }) to be of type number, got string.",
  ],
  [
    validate as Factory,
    { results: "yes" },
    "Expected validate({ results }) to be of type boolean, got string.",
  ],
  [validate as Factory, { result: true }, "validate has no option result; it has: results."],
  [
    timeout as Factory,
    { timeoutMs: 5 },
    "timeout has no option timeoutMs; it has: ms, now, after.",
  ],
])("refuses what %o is given by %j", (factory, options, message) => {
  expect(() => factory(options)).toThrow(new TypeError(message));
});

it.each(["begin", "complete", "abandon"])("asks a store for its method %s", (method) => {
  const store = { begin() {}, complete() {}, abandon() {}, [method]: undefined };
  expect(() => idempotency({ store: store as never })).toThrow(
    new TypeError(
      `Expected idempotency({ store }) to have a method ${method}; createMemoryIdempotencyStore() of @counterpoint/memory makes a store.`,
    ),
  );
});
