import type { AnyQueryContract, QueryMessage } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

type Handler = (payload: never) => unknown;

const handlers = new Map<string, Handler>();

/** Hands each query to the handler of its contract. */
export function createQueryBus() {
  return {
    register(contract: AnyQueryContract, handler: Handler): void {
      handlers.set(contract.type, handler);
    },

    async ask(message: QueryMessage): Promise<unknown> {
      const handler = handlers.get(message.type);
      if (!handler) throw new BusError("HANDLER_NOT_FOUND", `No handler for ${message.type}.`);
      return handler(message.payload as never);
    },
  };
}
