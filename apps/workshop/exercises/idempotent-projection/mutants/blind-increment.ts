import type { SeatsView, Storage } from "../exercise.ts";

export function createMutant(storage: Storage<number>): SeatsView {
  return {
    async handle({ type, stream }) {
      const free = (await storage.load(stream)) ?? 20;
      await storage.save(stream, free + (type === "SeatReserved" ? -1 : 1));
    },
    free: async (stream) => (await storage.load(stream)) ?? 20,
  };
}
