import type { Bus, Handler } from "../exercise.ts";

export function createMutant(): Bus {
  const handlers: Record<string, Handler> = {};
  return {
    register(type, handler) {
      if (Object.hasOwn(handlers, type)) throw new Error("taken");
      handlers[type] = handler;
    },
    async dispatch(type, payload) {
      const handler = handlers[type];
      if (!handler) throw new Error("nobody");
      return handler(payload);
    },
  };
}
