import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

/** Few names, nearly the same, so that cases meet the ones that a sloppy look-up mixes up. */
const type = fc.constantFrom("Reserve", "reserve", "ReserveSeat", "toString", "constructor");

/** Holds for every correct bus, and for no other one. */
export function property(makeBus: () => Bus) {
  return fc.asyncProperty(fc.uniqueArray(type), type, fc.anything(), async (types, asked, sent) => {
    const bus = makeBus();
    for (const type of types) bus.register(type, (payload) => ({ type, payload }));
    for (const type of types) {
      if (succeeds(() => bus.register(type, () => "second"))) return false;
    }
    const answer = await bus.dispatch(asked, sent).catch(() => "refused");
    if (!types.includes(asked)) return answer === "refused";
    const { type: by, payload: got } = answer as { type: string; payload: unknown };
    return by === asked && Object.is(got, sent);
  });
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
