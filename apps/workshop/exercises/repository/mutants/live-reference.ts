import type { Repository, Reservation } from "../exercise.ts";

export function createMutant(): Repository {
  const rows = new Map<string, Reservation>();
  return {
    find: async (id) => rows.get(id),
    save: async (reservation) => void rows.set(reservation.id, structuredClone(reservation)),
  };
}
