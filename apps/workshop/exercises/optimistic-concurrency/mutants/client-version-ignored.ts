import type { EventStore } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";
import type { BoxOffice } from "../exercise.ts";
import { take, takenIn } from "../tests/hall.ts";

export function createMutant(store: EventStore): BoxOffice {
  return {
    async reserve(request) {
      const taken = await takenIn(store);
      if (taken.includes(request.seat)) throw new Error("taken");
      try {
        return await take(store, request.seat, taken.length);
      } catch (error) {
        if (!isConcurrencyError(error)) throw error;
        return this.reserve(request);
      }
    },
  };
}
