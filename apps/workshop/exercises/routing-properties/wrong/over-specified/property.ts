import fc from "fast-check";

export type Handler = (payload: unknown) => unknown;

/** A bus as the property sees it. */
export interface Bus {
  /** Throws when the type has a handler already; that one stays. */
  register(type: string, handler: Handler): void;
  /** Gives what the handler of exactly this type gives; rejects when there is none. */
  dispatch(type: string, payload: unknown): Promise<unknown>;
}

/** Compares the message of one bus, which no contract promises. */
export function property(makeBus: () => Bus) {
  return fc.asyncProperty(fc.string(), async (type) => {
    const error: unknown = await makeBus()
      .dispatch(type, 1)
      .catch((error: unknown) => error);
    return error instanceof Error && error.message === `No handler registered for ${type}`;
  });
}
