import type { Message } from "@counterpoint/bus";
import { BusError } from "@counterpoint/bus";

type Handler = (payload: unknown) => unknown;

/** A list is slower than a map and just as right. */
export class CommandBus {
  readonly #routes: { readonly type: string; readonly handler: Handler }[] = [];

  register(type: string, handler: Handler): void {
    if (this.#find(type)) throw new BusError("DUPLICATE_HANDLER", `${type} is taken.`);
    this.#routes.push({ type, handler });
  }

  dispatch({ type, payload }: Message): Promise<unknown> {
    const route = this.#find(type);
    if (!route) return Promise.reject(new BusError("HANDLER_NOT_FOUND", `No ${type} here.`));
    return Promise.resolve().then(() => route.handler(payload));
  }

  #find(type: string) {
    return this.#routes.find((route) => route.type === type);
  }
}

export const createCommandBus = () => new CommandBus();
