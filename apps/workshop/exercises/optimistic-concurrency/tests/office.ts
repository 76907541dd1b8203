import type { EventStore } from "@counterpoint/events";
import { createMemoryStore } from "@counterpoint/memory";
import type fc from "fast-check";
import type { BoxOffice, Office } from "../exercise.ts";

/** A store whose calls begin when the scheduler says so; each of them is a transaction. */
export function paced(
  store: EventStore,
  scheduler: fc.Scheduler,
  tell: (call: "reads" | "appends") => void = () => {},
): EventStore {
  return {
    async append(append) {
      await scheduler.schedule(Promise.resolve(), "append");
      tell("appends");
      return store.append(append);
    },
    async readStream(stream, options) {
      await scheduler.schedule(Promise.resolve(), "readStream");
      tell("reads");
      return store.readStream(stream, options);
    },
  };
}

/** A box office that serves one after the other, until a scheduler is in charge. */
export function asOffice(create: (store: EventStore) => BoxOffice): Office {
  const store = createMemoryStore();
  let office = create(store);
  let isPaced = false;
  let last: Promise<unknown> = Promise.resolve();
  return {
    paceWith(scheduler) {
      isPaced = true;
      office = create(paced(store, scheduler));
    },
    reserve(request) {
      if (isPaced) return office.reserve(request);
      const turn = last.then(() => office.reserve(request));
      last = turn.catch(() => {});
      return turn;
    },
  };
}
