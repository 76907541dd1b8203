import type { SeatsView, Storage } from "../exercise.ts";

interface Row {
  readonly free: number;
  readonly lastVersion: number;
}

export function createMutant(storage: Storage<Row>): SeatsView {
  return {
    async handle({ type, stream, version }) {
      const row = (await storage.load(stream)) ?? { free: 20, lastVersion: 0 };
      if (row.lastVersion === version) return;
      const free = row.free + (type === "SeatReserved" ? -1 : 1);
      await storage.save(stream, { free, lastVersion: version });
    },
    free: async (stream) => (await storage.load(stream))?.free ?? 20,
  };
}
