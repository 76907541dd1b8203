import type { Bus, Handler } from "../exercise.ts";

export function createMutant(): Bus {
  const handlers = new Map<string, Handler>();
  return {
    register(type, handler) {
      if (handlers.has(type)) throw new Error("taken");
      handlers.set(type, handler);
    },
    dispatch: async (type, payload) => handlers.get(type)?.(payload),
  };
}
