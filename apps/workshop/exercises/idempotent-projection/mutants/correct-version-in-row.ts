import type { SeatsView, Storage } from "../exercise.ts";

interface Row {
  readonly free: number;
  readonly version: number;
}

export function createView(storage: Storage<Row>): SeatsView {
  return {
    async handle({ type, stream, version }) {
      const row = (await storage.load(stream)) ?? { free: 20, version: 0 };
      if (version <= row.version) return;
      await storage.save(stream, {
        free: row.free + (type === "SeatReserved" ? -1 : 1),
        version,
      });
    },
    free: async (stream) => (await storage.load(stream))?.free ?? 20,
  };
}
