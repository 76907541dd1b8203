import type { Concert, Concerts } from "../exercise.ts";

/** Concerts with the traffic of an evening: right after the first look at a row, somebody reserves a seat. */
export class BusyConcerts implements Concerts {
  readonly writes: string[] = [];
  #row: Concert;
  #isAskedFirst = true;

  constructor(row: Concert) {
    this.#row = row;
  }

  get taken(): number {
    return this.#row.taken;
  }

  readonly load = async (): Promise<Concert> => {
    const row = { ...this.#row };
    if (this.#isAskedFirst) this.#row = { ...row, taken: row.taken + 1 };
    this.#isAskedFirst = false;
    return row;
  };

  readonly save = async (_id: string, row: Concert): Promise<void> => {
    this.writes.push("save()");
    this.#row = { ...row };
  };
}

/** Lets run what was begun and not awaited. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
