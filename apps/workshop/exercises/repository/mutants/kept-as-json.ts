import type { Repository, Reservation } from "../exercise.ts";

export function createMutant(): Repository {
  const rows = new Map<string, string>();
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === "bigint" ? Number(value) : value;
  return {
    async find(id) {
      const row = rows.get(id);
      return row === undefined ? undefined : (JSON.parse(row) as Reservation);
    },
    save: async (reservation) => void rows.set(reservation.id, JSON.stringify(reservation, plain)),
  };
}
