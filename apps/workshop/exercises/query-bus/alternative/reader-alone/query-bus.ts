import type { AnyQueryContract, PayloadOf, QueryMessage, ResultOf } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

type Answer<TContract extends AnyQueryContract> =
  ResultOf<TContract> | PromiseLike<ResultOf<TContract>>;

class Bus {
  #routes: Readonly<Record<string, (payload: never) => unknown>> = Object.create(null) as {};

  register<TContract extends AnyQueryContract>(
    { type }: TContract,
    handler: (payload: PayloadOf<TContract>) => Answer<TContract>,
  ): this {
    this.#routes = Object.assign(Object.create(null), this.#routes, { [type]: handler });
    return this;
  }

  ask<TMessage extends QueryMessage>({ type, payload }: TMessage): Promise<ResultOf<TMessage>> {
    const handler = this.#routes[type];
    if (!handler) return Promise.reject(new BusError("HANDLER_NOT_FOUND", `Who knows ${type}?`));
    return Promise.resolve(payload as never).then(handler) as Promise<ResultOf<TMessage>>;
  }
}

export const createQueryBus = (): Bus => new Bus();
