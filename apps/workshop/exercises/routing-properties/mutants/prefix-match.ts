import type { Bus, Handler } from "../exercise.ts";

export function createMutant(): Bus {
  const handlers = new Map<string, Handler>();
  return {
    register(type, handler) {
      if (handlers.has(type)) throw new Error("taken");
      handlers.set(type, handler);
    },
    async dispatch(type, payload) {
      const route = [...handlers].find(([name]) => type.startsWith(name));
      if (!route) throw new Error("nobody");
      return route[1](payload);
    },
  };
}
