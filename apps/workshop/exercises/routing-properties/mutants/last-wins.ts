import type { Bus, Handler } from "../exercise.ts";

export function createMutant(): Bus {
  const handlers = new Map<string, Handler>();
  return {
    register: (type, handler) => void handlers.set(type, handler),
    async dispatch(type, payload) {
      const handler = handlers.get(type);
      if (!handler) throw new Error("nobody");
      return handler(payload);
    },
  };
}
