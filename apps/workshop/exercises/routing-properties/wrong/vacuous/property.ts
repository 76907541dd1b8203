import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

/** Registers, and never asks. */
export function property(makeBus: () => Bus) {
  return fc.property(fc.string(), (type) => {
    const bus = makeBus();
    bus.register(type, () => "reserved");
    return typeof type === "string";
  });
}
