import type { Message } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

type Handler = (payload: unknown) => unknown;

export function createCommandBus() {
  const handlers: Record<string, Handler> = {};

  return {
    register(type: string, handler: Handler): void {
      if (handlers[type]) throw new BusError("DUPLICATE_HANDLER", `${type} has a handler.`);
      handlers[type] = handler;
    },

    async dispatch({ type, payload }: Message): Promise<unknown> {
      const handler = handlers[type];
      if (!handler) throw new BusError("HANDLER_NOT_FOUND", `No handler for ${type}.`);
      return handler(payload);
    },
  };
}
