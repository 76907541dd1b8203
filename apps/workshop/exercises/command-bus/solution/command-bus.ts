import type { Message } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

type Handler = (payload: unknown) => unknown;

/** Hands each command to the handler that was registered for its type. */
export function createCommandBus() {
  const handlers = new Map<string, Handler>();

  return {
    register(type: string, handler: Handler): void {
      if (handlers.has(type)) {
        throw new BusError("DUPLICATE_HANDLER", `A handler for ${type} is registered already.`);
      }
      handlers.set(type, handler);
    },

    async dispatch({ type, payload }: Message): Promise<unknown> {
      const handler = handlers.get(type);
      if (!handler) throw new BusError("HANDLER_NOT_FOUND", `No handler registered for ${type}`);
      return handler(payload);
    },
  };
}
