import type { Repository } from "../exercise.ts";
import { createMapRepository } from "./correct-map.ts";

export function createMutant(): Repository {
  const repository = createMapRepository();
  return {
    find: (id) => repository.find(id),
    async save(reservation) {
      const exists = await repository.find(reservation.id);
      if (!exists) await repository.save(reservation);
    },
  };
}
