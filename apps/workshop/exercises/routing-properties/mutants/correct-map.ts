import type { Bus, Handler } from "../exercise.ts";

/** The plainest bus that is right: its errors have no code, and it rejects late. */
export function createMapBus(): Bus {
  const handlers = new Map<string, Handler>();
  return {
    register(type, handler) {
      if (handlers.has(type)) throw new Error("taken");
      handlers.set(type, handler);
    },
    async dispatch(type, payload) {
      await Promise.resolve();
      const handler = handlers.get(type);
      if (!handler) throw new Error("nobody");
      return handler(payload);
    },
  };
}
