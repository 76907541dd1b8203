import type { Message } from "@counterpoint/bus";

type Handler = (payload: unknown) => unknown;

class RoutingError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function createCommandBus() {
  const handlers = Object.create(null) as Record<string, Handler>; // without Object.prototype behind it

  return {
    register(type: string, handler: Handler): void {
      if (type in handlers) throw new RoutingError("DUPLICATE_HANDLER", `Twice: ${type}`);
      handlers[type] = handler;
    },

    dispatch: async ({ type, payload }: Message): Promise<unknown> => {
      const handler = handlers[type];
      if (!handler) throw new RoutingError("HANDLER_NOT_FOUND", `Nobody answers ${type}`);
      return handler(payload);
    },
  };
}
