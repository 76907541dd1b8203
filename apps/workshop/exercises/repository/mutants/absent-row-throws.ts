import type { Repository } from "../exercise.ts";
import { createMapRepository } from "./correct-map.ts";

export function createMutant(): Repository {
  const repository = createMapRepository();
  return {
    async find(id) {
      const row = await repository.find(id);
      if (!row) throw new Error("The query gave no row.");
      return row;
    },
    save: (reservation) => repository.save(reservation),
  };
}
