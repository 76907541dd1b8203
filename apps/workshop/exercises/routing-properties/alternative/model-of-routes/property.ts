import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

interface Step {
  readonly do: "register" | "dispatch";
  readonly type: string;
}

const stem = fc.constantFrom("CancelSeat", "toString", "__proto__", "x");
const type = fc
  .tuple(stem, fc.constantFrom("", "s"), fc.boolean())
  .map(([stem, end, loud]) => (loud ? stem.toUpperCase() : stem) + end);
const step: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom("register", "dispatch"), type });

/** Plays a random script against a map, and expects an assertion library's way of failing. */
export function property(makeBus: () => Bus): fc.IAsyncProperty<[Step[]]> {
  return fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
    const bus = makeBus();
    const model = new Map<string, number>();
    for (const [index, { do: action, type }] of steps.entries()) {
      if (action === "register") {
        const throws = !attempt(() => bus.register(type, (payload) => [index, payload]));
        if (throws !== model.has(type)) throw new Error(`register ${type}`);
        if (!throws) model.set(type, index);
      } else {
        const answer = await bus.dispatch(type, index).catch(() => "refused");
        const expected = model.has(type) ? [model.get(type), index] : "refused";
        if (JSON.stringify(answer) !== JSON.stringify(expected)) throw new Error(type);
      }
    }
  });
}

function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
