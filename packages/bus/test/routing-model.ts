import fc from "fast-check";
import { agree, show } from "./disagreement.ts";
import { typeNames } from "./type-names.ts";

/** A bus as the routing property sees it. */
export interface RoutingBus {
  register(type: string, handler: (payload: unknown) => unknown): void;
  unregister(type: string): void;
  has(type: string): boolean;
  dispatch(message: unknown): Promise<unknown>;
}

export type CreateRoutingBus = () => RoutingBus;

/** What an error must say; compared by value, since each bus makes errors of its own. */
export interface Refusal {
  readonly name: "BusError";
  readonly code: string;
  readonly message: string;
}

/** The words of every refusal. They are part of the contract: people search for them. */
export const refusals = {
  duplicate: (type: string): Refusal => ({
    name: "BusError",
    code: "DUPLICATE_HANDLER",
    message: `A handler for ${type} is registered already; unregister it first.`,
  }),
  notFound: (type: string): Refusal => ({
    name: "BusError",
    code: "HANDLER_NOT_FOUND",
    message: `No handler registered for ${type}`,
  }),
  invalid: (got: string): Refusal => ({
    name: "BusError",
    code: "INVALID_MESSAGE",
    message: `Expected a message { type: string, payload }, got ${got}. Call a contract to make one.`,
  }),
};

/**
 * The law of routing: for any names and any sequence of register, unregister and dispatch on two buses at once, the
 * model and the buses agree on who is called, how often, with what, and on what the caller gets.
 */
export function routesLikeTheModel(create: CreateRoutingBus): fc.IAsyncProperty<unknown> {
  const steps = fc.commands<Model, Real, true>(
    [
      fc.tuple(bus, name, behaviour).map((parameters) => register(...parameters)),
      fc.tuple(bus, name).map((parameters) => unregister(...parameters)),
      fc.tuple(bus, name, payload).map((parameters) => dispatch(...parameters)),
      fc.tuple(bus, name, payload).map((parameters) => dispatch(...parameters)), // twice as likely
      fc.tuple(bus, name, malformed).map((parameters) => dispatchMalformed(...parameters)),
    ],
    { maxCommands: 40, size: "+1" },
  );
  return fc.asyncProperty(typeNames, steps, async (names, commands) => {
    const setup = () => ({
      model: { names, routes: [new Map(), new Map()] },
      real: { buses: [create(), create()], calls: [] },
    });
    await fc.asyncModelRun(setup, commands);
  });
}

interface Model {
  readonly names: readonly string[];
  readonly routes: readonly Map<string, Handler>[];
}

interface Real {
  readonly buses: readonly RoutingBus[];
  /** Who was called with what since the last step. */
  calls: { readonly handler: Handler; readonly payload: unknown }[];
}

type Step = fc.AsyncCommand<Model, Real, true>;
type Behaviour = "returns" | "promises" | "throws" | "rejects" | "throws undefined";

type Given =
  { readonly decoy: number; readonly other: unknown } | string | number | null | undefined;

interface Handler {
  readonly handle: (payload: unknown) => unknown;
  /** What the last call handed back, if it did. */
  returned: unknown;
  /** What the caller must get, by identity. */
  outcome: Outcome;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

const bus = fc.nat({ max: 1 });
const name = fc.nat({ max: 30 });
const behaviour = fc.constantFrom<Behaviour>(
  ...(["returns", "promises", "throws", "rejects", "throws undefined"] as const),
);
/** Holds an index in the place of a type name, so that a payload can pretend to be the envelope of another route. */
const payload: fc.Arbitrary<Given> = fc.oneof(
  fc.record({ decoy: name, other: fc.jsonValue({ maxDepth: 1 }) }),
  fc.constantFrom(undefined, null, 0, "", "CreateUser"),
);

const MALFORMED = {
  "the bare name": (type: string) => [type, "string"],
  "an uncalled contract": (type: string) => [Object.assign(() => {}, { type }), "function"],
  "a list of the name": (type: string) => [[type], "{ type: undefined }"],
  "the name in a list": (type: string) => [{ type: [type] }, "{ type: object }"],
  "the name in a String": (type: string) => [{ type: new String(type) }, "{ type: object }"],
  "a type that writes itself": (type: string) => [
    { type: { toString: () => type } },
    "{ type: object }",
  ],
  "a message inside a payload": (type: string) => [{ payload: { type } }, "{ type: undefined }"],
  "a null type": () => [{ type: null }, "{ type: object }"],
  "a number for a type": () => [{ type: 0 }, "{ type: number }"],
  "a symbol": () => [Symbol("type"), "symbol"],
  "an empty object": () => [{}, "{ type: undefined }"],
  "a number": () => [42, "number"],
  null: () => [null, "null"],
  undefined: () => [undefined, "undefined"],
} satisfies Record<string, (type: string) => [message: unknown, got: string]>;
const malformed = fc.constantFrom(...(Object.keys(MALFORMED) as (keyof typeof MALFORMED)[]));

function register(bus: number, name: number, behaviour: Behaviour): Step {
  return step(`register(bus ${bus}, name ${name}, ${behaviour})`, async (model, real) => {
    const { type, routes, system } = at(model, real, bus, name);
    const handler = createHandler(behaviour, real);
    const refused = await settle(() => system.register(type, handler.handle));
    const expected = routes.has(type) ? { error: refusals.duplicate(type) } : { value: undefined };
    agreeOn(`registering ${show(type)}`, refused, expected);
    if (!routes.has(type)) routes.set(type, handler);
    agreeOnRoutes(model, real);
  });
}

function unregister(bus: number, name: number): Step {
  return step(`unregister(bus ${bus}, name ${name})`, async (model, real) => {
    const { type, routes, system } = at(model, real, bus, name);
    agreeOn(`unregistering ${show(type)}`, await settle(() => system.unregister(type)), {
      value: undefined,
    });
    routes.delete(type);
    agreeOnRoutes(model, real);
  });
}

function dispatch(bus: number, name: number, given: Given): Step {
  return step(`dispatch(bus ${bus}, name ${name}, ${show(given)})`, async (model, real) => {
    const { type, routes, system } = at(model, real, bus, name);
    const payload =
      typeof given === "object" && given !== null
        ? { ...given, type: model.names[given.decoy % model.names.length], payload: "of the decoy" }
        : given;
    const handler = routes.get(type);
    const { promise, outcome } = await observe(system, { type, payload });
    const calls = real.calls.map((call) => call.handler);
    agree(
      handler ? calls.length === 1 && calls[0] === handler : calls.length === 0,
      () => `${show(type)} called ${calls.length} handlers, or not its own`,
    );
    agree(
      real.calls.every((call) => Object.is(call.payload, payload)),
      () => `the handler of ${show(type)} got another payload than ${show(payload)}`,
    );
    agreeOn(
      `dispatching ${show(type)}`,
      outcome,
      handler?.outcome ?? { error: refusals.notFound(type) },
    );
    agree(
      !(handler?.returned instanceof Promise) || handler.returned === promise,
      () => `${show(type)} handed back another promise than the handler's own`,
    );
  });
}

function dispatchMalformed(bus: number, name: number, kind: keyof typeof MALFORMED): Step {
  return step(`dispatch(bus ${bus}, ${kind}, name ${name})`, async (model, real) => {
    const { type, system } = at(model, real, bus, name);
    const [message, got] = MALFORMED[kind](type);
    const { outcome } = await observe(system, message);
    agree(real.calls.length === 0, () => `${kind} reached a handler`);
    agreeOn(`dispatching ${kind}`, outcome, { error: refusals.invalid(String(got)) });
  });
}

function step(label: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: () => Promise.resolve(true),
    toString: () => label,
    run: async (model, real) => {
      real.calls = [];
      await run(model, real);
    },
  };
}

function at({ names, routes }: Model, { buses }: Real, bus: number, name: number) {
  return { type: names[name % names.length]!, routes: routes[bus]!, system: buses[bus]! }; // in bounds by construction
}

function createHandler(behaviour: Behaviour, real: Real): Handler {
  const value = { answeredBy: behaviour };
  const error = behaviour === "throws undefined" ? undefined : new Error(behaviour);
  const fails = behaviour !== "returns" && behaviour !== "promises";
  const handler: Handler = {
    returned: undefined,
    outcome: fails ? { error } : { value },
    handle: (payload) => {
      real.calls.push({ handler, payload });
      if (behaviour === "throws" || behaviour === "throws undefined") throw error;
      if (behaviour === "promises") handler.returned = Promise.resolve(value);
      else if (behaviour === "rejects") handler.returned = Promise.reject(error);
      else handler.returned = value;
      return handler.returned;
    },
  };
  return handler;
}

async function observe(system: RoutingBus, message: unknown) {
  let promise: unknown;
  try {
    promise = system.dispatch(message);
  } catch (error) {
    agree(false, () => `dispatch threw synchronously: ${show(error)}`);
  }
  agree(promise instanceof Promise, () => `dispatch handed back ${show(promise)} and no promise`);
  return { promise, outcome: await settle(() => promise) };
}

async function settle(act: () => unknown): Promise<Outcome> {
  try {
    return { value: await act() };
  } catch (error) {
    return { error };
  }
}

function agreeOn(what: string, got: Outcome, expected: Outcome): void {
  const same =
    "value" in expected
      ? "value" in got && Object.is(got.value, expected.value)
      : "error" in got &&
        (Object.is(got.error, expected.error) || refuses(got.error, expected.error));
  agree(same, () => `${what} gave ${show(got)} in the place of ${show(expected)}`);
}

function refuses(got: unknown, expected: unknown): boolean {
  if (!(got instanceof Error) || expected instanceof Error || expected === undefined) return false;
  const { name, code, message } = expected as Refusal; // what is neither an error nor undefined is a refusal
  return got.name === name && got.message === message && "code" in got && got.code === code;
}

/** `has` tells of every name on every bus what the model knows: nothing leaks between names or between buses. */
function agreeOnRoutes(model: Model, real: Real): void {
  for (const [index, system] of real.buses.entries()) {
    for (const type of model.names) {
      const expected = model.routes[index]!.has(type); // one map for each bus
      agree(
        system.has(type) === expected,
        () => `has(${show(type)}) on bus ${index} is not ${expected}`,
      );
    }
  }
}
