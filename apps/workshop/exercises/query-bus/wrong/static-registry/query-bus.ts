import type { AnyQueryContract, QueryHandler, QueryMessage, ResultOf } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

/** A class makes each bus an object of its own; its static member is still one for all. */
class Bus {
  static readonly #handlers = new Map<string, (payload: never, context: never) => unknown>();

  register<TContract extends AnyQueryContract>(
    contract: TContract,
    handler: QueryHandler<TContract>,
  ): void {
    if (Bus.#handlers.has(contract.type)) {
      throw new BusError("DUPLICATE_HANDLER", `A handler for ${contract.type} is registered.`);
    }
    Bus.#handlers.set(contract.type, handler);
  }

  async ask<TMessage extends QueryMessage>(message: TMessage): Promise<ResultOf<TMessage>> {
    const handler = Bus.#handlers.get(message.type);
    if (!handler) throw new BusError("HANDLER_NOT_FOUND", `No handler for ${message.type}.`);
    return (await handler(message.payload as never, {} as never)) as ResultOf<TMessage>;
  }
}

export const createQueryBus = (): Bus => new Bus();
