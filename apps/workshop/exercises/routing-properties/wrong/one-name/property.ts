import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

/** Checks everything, for names that have nothing to do with each other. */
export function property(makeBus: () => Bus) {
  return fc.asyncProperty(fc.uuid(), fc.uuid(), fc.integer(), async (type, other, payload) => {
    const bus = makeBus();
    const missing = await bus.dispatch(other, payload).then(
      () => false,
      () => true,
    );
    bus.register(type, (payload) => payload);
    let refused = false;
    try {
      bus.register(type, () => "second");
    } catch {
      refused = true;
    }
    return missing && refused && (await bus.dispatch(type, payload)) === payload;
  });
}
