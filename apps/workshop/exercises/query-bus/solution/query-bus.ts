import type {
  AnyQueryContract,
  PayloadOf,
  QueryHandler,
  QueryMessage,
  ResultOf,
} from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

type Handler<TContract extends AnyQueryContract> = (
  payload: PayloadOf<TContract>,
) => ReturnType<QueryHandler<TContract>>;

/** Hands each query to the handler of its contract. */
export function createQueryBus() {
  const handlers = new Map<string, (payload: never) => unknown>();

  return {
    register<TContract extends AnyQueryContract>(
      contract: TContract,
      handler: Handler<TContract>,
    ): void {
      handlers.set(contract.type, handler);
    },

    async ask<TMessage extends QueryMessage>(message: TMessage): Promise<ResultOf<TMessage>> {
      const handler = handlers.get(message.type);
      if (!handler) throw new BusError("HANDLER_NOT_FOUND", `No handler for ${message.type}.`);
      return (await handler(message.payload as never)) as ResultOf<TMessage>; // `register` typed it so
    },
  };
}
