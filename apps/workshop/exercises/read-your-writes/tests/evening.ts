import { createMemoryStore } from "@counterpoint/memory";
import { createProjector } from "@counterpoint/read-model";
import { manualTime } from "@counterpoint/testing";
import { createBoxOffice, freeSeats } from "../exercise.ts";

/** How a read ended, and when, in milliseconds after it began; `undefined`: it never did. */
export type Outcome =
  { readonly free: number; readonly ms: number } | { readonly error: unknown; readonly ms: number };

/** A box office whose view lags, in a time that only tests move. */
export async function openEvening(lagMs: number) {
  const time = manualTime();
  const store = createMemoryStore({ clock: time });
  const projector = createProjector(store, {
    projections: [freeSeats],
    delayMs: lagMs,
    clock: time,
    scheduler: time,
  });
  await projector.start();
  const sleep = (ms: number): Promise<void> => new Promise((go) => void time.after(ms, go));
  const open = () => createBoxOffice({ store, projector, sleep });
  const office = open();

  return {
    time,
    projector,
    office,
    /** The box office in another process. */
    open,
    /** Lets up to 10 s pass until the read ends; meanwhile others may be at work. */
    async outcomeOf(read: Promise<number>, others?: () => Promise<unknown>) {
      const begin = time.now();
      let outcome: Outcome | undefined;
      read.then(
        (free) => void (outcome = { free, ms: time.now() - begin }),
        (error: unknown) => void (outcome = { error, ms: time.now() - begin }),
      );
      await time.settle();
      while (!outcome && time.now() < begin + 10_000) {
        await others?.();
        await time.advance(100);
      }
      return outcome as Outcome | undefined; // set by the callbacks above
    },
    [Symbol.asyncDispose]: () => projector.stop(),
  };
}
