import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

/** Throws before it has looked at anything. */
export function property(makeBus: () => Bus) {
  return fc.asyncProperty(fc.string(), async (type) => {
    const bus = makeBus();
    await bus.dispatch(type, 1);
    bus.register(type, (payload) => payload);
  });
}
