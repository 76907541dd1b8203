import fc from "fast-check";
import type { Middleware } from "../src/index.ts";
import { agree, show } from "./disagreement.ts";

/** Builds an onion around one handler and hands back how to call it. */
export type CreateOnion = (
  middlewares: readonly Middleware[],
  handle: (payload: unknown, actor: unknown) => unknown,
) => (payload: unknown) => Promise<unknown>;

/**
 * The law of the onion: for any stack and several messages through it, the calls come in the order and with the payload
 * and context that the model foretells, and the caller gets what the model got.
 */
export function wrapsLikeTheModel(create: CreateOnion): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(stack, outcomes, async (layers, fails) => {
    const expected = new Recorder(fails);
    const seen = new Recorder(fails);
    const middlewares = layers.map((layer, depth) => asMiddleware(layer, depth, seen));
    const call = create(middlewares, (payload, actor) => seen.handle({ payload, actor }));
    for (const payload of ["first", "second"]) {
      const foretold = descend(layers, 0, { payload, actor: undefined }, expected);
      const got = await observe(() => call(payload));
      agree(show(seen.trace) === show(expected.trace), () => {
        const ran = `${layers.join(" > ")} ran as`;
        return [ran, ...seen.trace, "in the place of", ...expected.trace].join("\n");
      });
      agree(show(got) === show(foretold), () => `${show(got)} in the place of ${show(foretold)}`);
    }
  });
}

type Layer = (typeof LAYERS)[number];
const LAYERS = [
  "passes",
  "awaits",
  "stops",
  "throws before",
  "throws after",
  "changes the result",
  "recovers",
  "runs twice",
  "tries again",
  "falls back on what was given",
  "changes the payload",
  "changes the context",
] as const;

const stack = fc.array(fc.constantFrom(...LAYERS), { maxLength: 8 });
/** Whether each call of the handler in turn fails; what comes after the last one succeeds. */
const outcomes = fc.array(fc.boolean(), { maxLength: 4 });

interface Given {
  readonly payload: unknown;
  readonly actor: unknown;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

class Recorder {
  readonly trace: string[] = [];
  readonly #fails: readonly boolean[];
  #calls = 0;

  constructor(fails: readonly boolean[]) {
    this.#fails = fails;
  }

  enter(depth: number, { payload, actor }: Given): void {
    this.trace.push(`enter ${depth} with ${show(payload)} for ${show(actor)}`);
  }

  leave(depth: number, outcome: Outcome): void {
    this.trace.push(`leave ${depth} with ${show(outcome)}`);
  }

  handle({ payload, actor }: Given): unknown {
    this.trace.push(`handle ${show(payload)} for ${show(actor)}`);
    const call = this.#calls++;
    if (this.#fails[call]) throw `failure ${call}`;
    return `result ${call}`;
  }
}

/** The model: what an onion does, as a plain recursion over data. */
function descend(
  layers: readonly Layer[],
  depth: number,
  given: Given,
  recorder: Recorder,
): Outcome {
  const layer = layers[depth];
  if (layer === undefined) return attempt(() => recorder.handle(given));
  const below = (changed: Given = given) => {
    const outcome = descend(layers, depth + 1, changed, recorder);
    recorder.leave(depth, outcome);
    return outcome;
  };
  recorder.enter(depth, given);
  switch (layer) {
    case "passes":
    case "awaits":
      return below();
    case "stops":
      return { value: `stopped at ${depth}` };
    case "throws before":
      return { error: `thrown before ${depth}` };
    case "throws after":
      below();
      return { error: `thrown after ${depth}` };
    case "changes the result": {
      const outcome = below();
      return "value" in outcome ? { value: [depth, outcome.value] } : outcome;
    }
    case "recovers": {
      const outcome = below();
      return "value" in outcome ? outcome : { value: `recovered at ${depth}` };
    }
    case "runs twice":
      return [below(), below()][1]!; // of two
    case "tries again": {
      const outcome = below();
      return "value" in outcome ? outcome : below();
    }
    case "falls back on what was given": {
      const outcome = below({ ...given, payload: [depth, given.payload] });
      return "value" in outcome ? outcome : below();
    }
    case "changes the payload":
      return below({ ...given, payload: [depth, given.payload] });
    case "changes the context":
      return below({ ...given, actor: depth });
  }
}

/** The same layer as a middleware that a user could have written. */
function asMiddleware(layer: Layer, depth: number, recorder: Recorder): Middleware {
  return (message, next, context) => {
    recorder.enter(depth, { payload: message.payload, actor: context.metadata.actor });
    const below = async (...changed: Parameters<typeof next>): Promise<Outcome> => {
      const outcome = await settle(() => next(...changed));
      recorder.leave(depth, outcome);
      return outcome;
    };
    switch (layer) {
      case "passes":
        return below().then(unwrap);
      case "awaits":
        return Promise.resolve().then(() => below().then(unwrap));
      case "stops":
        return `stopped at ${depth}`;
      case "throws before":
        throw `thrown before ${depth}`;
      case "throws after":
        return below().then(() => Promise.reject(`thrown after ${depth}`));
      case "changes the result":
        return below().then((outcome) => [depth, unwrap(outcome)]);
      case "recovers":
        return below().then((outcome) =>
          "value" in outcome ? outcome.value : `recovered at ${depth}`,
        );
      case "runs twice":
        return below().then(() => below().then(unwrap));
      case "tries again":
        return below().then((outcome) =>
          "value" in outcome ? outcome.value : below().then(unwrap),
        );
      case "falls back on what was given":
        return below({ ...message, payload: [depth, message.payload] }).then((outcome) =>
          "value" in outcome ? outcome.value : below().then(unwrap),
        );
      case "changes the payload":
        return below({ ...message, payload: [depth, message.payload] }).then(unwrap);
      case "changes the context":
        return below(undefined, { ...context, metadata: { actor: depth as never } }).then(unwrap); // any value shows it
    }
  };
}

function unwrap(outcome: Outcome): unknown {
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

function attempt(act: () => unknown): Outcome {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

async function settle(act: () => unknown): Promise<Outcome> {
  try {
    return { value: await act() };
  } catch (error) {
    return { error };
  }
}

async function observe(call: () => Promise<unknown>): Promise<Outcome> {
  const handed = attempt(call);
  agree("value" in handed, () => `the call threw synchronously: ${show(handed)}`);
  agree(handed.value instanceof Promise, () => `the call handed back ${show(handed.value)}`);
  return settle(() => handed.value);
}
