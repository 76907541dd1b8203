import type { EventStore } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";
import type { BoxOffice } from "../exercise.ts";
import { take, takenIn } from "../tests/hall.ts";

/** Decides anew as often as somebody else was faster. */
export function createOffice(store: EventStore): BoxOffice {
  return {
    async reserve(request) {
      const { seat, seen } = request;
      const taken = await takenIn(store);
      if (seen !== undefined && seen !== taken.length) throw new Error("changed");
      if (taken.includes(seat)) throw new Error("taken");
      try {
        return await take(store, seat, taken.length);
      } catch (error) {
        if (!isConcurrencyError(error)) throw error;
        return this.reserve(request);
      }
    },
  };
}
