import type { EventStore } from "@counterpoint/events";
import type { BoxOffice } from "../exercise.ts";
import { take, takenIn } from "../tests/hall.ts";

/** Has the hall to itself while it works: pessimistic, in one process. Says no in other words, and for other reasons first. */
export function createOffice(store: EventStore): BoxOffice {
  let last: Promise<unknown> = Promise.resolve();
  return {
    reserve({ seat, seen }) {
      const turn = last.then(async () => {
        const taken = await takenIn(store);
        if (taken.includes(seat)) return Promise.reject(new RangeError(`Somebody has ${seat}.`));
        if (seen !== undefined && seen !== taken.length) throw new TypeError("Too late.");
        return take(store, seat, "any");
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}
