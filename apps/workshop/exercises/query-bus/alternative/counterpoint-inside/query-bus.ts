import type { AnyQueryContract, QueryHandler, QueryMessage, ResultOf } from "@counterpoint/bus";
import { QueryBus } from "@counterpoint/bus";

/** Hands each query to the handler of its contract. */
export function createQueryBus() {
  const bus = new QueryBus<QueryMessage>();

  return {
    register<TContract extends AnyQueryContract>(
      contract: TContract,
      handler: QueryHandler<TContract>,
    ): void {
      bus.register(contract, handler);
    },
    ask: <TMessage extends QueryMessage>(message: TMessage): Promise<ResultOf<TMessage>> =>
      bus.dispatch(message),
  };
}
