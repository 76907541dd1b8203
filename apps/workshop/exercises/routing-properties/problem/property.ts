import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

/** Holds for every correct bus. It should hold for no other one; so far it holds for all of them. */
export function property(makeBus: () => Bus) {
  return fc.asyncProperty(fc.string(), async (payload) => {
    const bus = makeBus();
    bus.register("ReserveSeat", () => "reserved");
    const answer = await bus.dispatch("ReserveSeat", payload);
    return answer === "reserved";
  });
}
