import type { SeatsView, Storage } from "../exercise.ts";

export function createMutant(storage: Storage<number>): SeatsView {
  const seen = new Set<number>();
  return {
    async handle({ type, stream, position }) {
      if (seen.has(position)) return;
      const free = (await storage.load(stream)) ?? 20;
      await storage.save(stream, free + (type === "SeatReserved" ? -1 : 1));
      seen.add(position);
    },
    free: async (stream) => (await storage.load(stream)) ?? 20,
  };
}
