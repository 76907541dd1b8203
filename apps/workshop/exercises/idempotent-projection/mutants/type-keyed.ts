import type { SeatsView, Storage } from "../exercise.ts";

interface Row {
  readonly free: number;
  readonly lastType?: string;
}

export function createMutant(storage: Storage<Row>): SeatsView {
  return {
    async handle({ type, stream }) {
      const row: Row = (await storage.load(stream)) ?? { free: 20 };
      if (row.lastType === type) return;
      const free = row.free + (type === "SeatReserved" ? -1 : 1);
      await storage.save(stream, { free, lastType: type });
    },
    free: async (stream) => (await storage.load(stream))?.free ?? 20,
  };
}
