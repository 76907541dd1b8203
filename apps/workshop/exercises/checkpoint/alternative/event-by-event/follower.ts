import type { EventLog } from "@counterpoint/events";

/** Survives a crash. One `save` writes all its rows or none; between two of them the process may die. */
export interface Storage<TRow> {
  load(key: string): Promise<TRow | undefined>;
  save(rows: Readonly<Record<string, TRow>>): Promise<void>;
}

export interface Follower {
  /** Goes on behind the last event that is in the view, in steps of `limit` events, until the log ends. */
  catchUp(): Promise<void>;
  free(concert: string): Promise<number>;
}

type Log = Pick<EventLog, "readLog">;

/** One event, one save: more of them, and never more than one event to do again. */
class OneByOne implements Follower {
  readonly #log: Log;
  readonly #storage: Storage<number>;
  readonly #limit: number;

  constructor(log: Log, storage: Storage<number>, limit: number) {
    this.#log = log;
    this.#storage = storage;
    this.#limit = limit;
  }

  async catchUp(): Promise<void> {
    let after = (await this.#storage.load("position")) ?? 0;
    let slice = await this.#log.readLog({ after, limit: this.#limit });
    while (slice.events.length > 0) {
      for (const { type, stream, position } of slice.events) {
        const free = (await this.free(stream)) + (type === "SeatReserved" ? -1 : 1);
        await this.#storage.save({ [`free/${stream}`]: free, position });
        after = position;
      }
      slice = await this.#log.readLog({ after, limit: this.#limit });
    }
  }

  async free(concert: string): Promise<number> {
    return (await this.#storage.load(`free/${concert}`)) ?? 20;
  }
}

export function createFollower(log: Log, storage: Storage<number>, limit: number): Follower {
  return new OneByOne(log, storage, limit);
}
