import type { Repository, Reservation } from "../exercise.ts";

/** The plainest repository that is right. */
export function createMapRepository(): Repository {
  const rows = new Map<string, Reservation>();
  return {
    find: async (id) => structuredClone(rows.get(id)),
    save: async (reservation) => void rows.set(reservation.id, structuredClone(reservation)),
  };
}
