import type { SeatEvent, SeatsView, Storage, View } from "../exercise.ts";

class Crash extends Error {
  override readonly name = "Crash";
}

/** Keeps copies, as a database does. */
export function createStorage<TRow>(): Storage<TRow> {
  const rows = new Map<string, TRow>();
  return {
    load: async (key) => structuredClone(rows.get(key)),
    save: async (key, row) => void rows.set(key, structuredClone(row)),
  };
}

/** A view in a process that can die, over a storage that cannot. */
export function inProcess<TRow>(create: (storage: Storage<TRow>) => SeatsView): View {
  const kept = createStorage<TRow>();
  let savesLeft = Infinity;
  const storage: Storage<TRow> = {
    load: (key) => kept.load(key),
    async save(key, row) {
      if (savesLeft === 0) throw new Crash("The process died before this save.");
      await kept.save(key, row);
      savesLeft -= 1;
    },
  };
  let view = create(storage);
  const restart = (): void => {
    savesLeft = Infinity;
    view = create(storage);
  };
  return {
    handle: (event: SeatEvent) => view.handle(event),
    async handleAndCrash(event, saves) {
      savesLeft = saves;
      await view.handle(event).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      restart();
    },
    restart,
    free: (stream) => view.free(stream),
  };
}
