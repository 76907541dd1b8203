import type { EventStore } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";
import type { BoxOffice } from "../exercise.ts";
import { take, takenIn } from "../tests/hall.ts";

export function createMutant(store: EventStore): BoxOffice {
  return {
    async reserve({ seat, seen }) {
      const taken = await takenIn(store);
      if (taken.includes(seat)) throw new Error("taken");
      if (seen !== undefined && seen !== taken.length) throw new Error("changed");
      for (let version = taken.length; ;) {
        try {
          return await take(store, seat, version);
        } catch (error) {
          if (!isConcurrencyError(error) || seen !== undefined) throw error;
          version = error.actual;
        }
      }
    },
  };
}
