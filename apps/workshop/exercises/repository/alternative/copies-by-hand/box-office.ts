/** Seats that are held for a customer until they pay. */
export interface Reservation {
  /** Letters and digits, as are the seats. */
  id: string;
  seats: string[];
  /** Not negative; fits into a bigint of Postgres. */
  cents: bigint;
  /** To the millisecond, in this century. */
  until: Date;
}

/** What goes in and what comes out are copies: whoever changes theirs changes nothing that is kept. */
export interface Repository {
  /** Gives what was last saved under this id; undefined when nothing was. */
  find(id: string): Promise<Reservation | undefined>;
  /** Inserts or replaces. */
  save(reservation: Reservation): Promise<void>;
}

class MemoryRepository implements Repository {
  readonly #rows: Reservation[] = [];

  async find(id: string): Promise<Reservation | undefined> {
    const row = this.#rows.find((row) => row.id === id);
    return row && copyOf(row);
  }

  async save(reservation: Reservation): Promise<void> {
    const index = this.#rows.findIndex((row) => row.id === reservation.id);
    this.#rows.splice(index < 0 ? this.#rows.length : index, 1, copyOf(reservation));
  }
}

const copyOf = ({ id, seats, cents, until }: Reservation): Reservation => ({
  id,
  seats: [...seats],
  cents,
  until: new Date(until),
});

export const createMemoryRepository = (): Repository => new MemoryRepository();

/** Gives the customer ten minutes more. */
export async function extend(repository: Repository, id: string): Promise<void> {
  const found = await repository.find(id);
  if (found === undefined) throw new RangeError(id);
  await repository.save({ ...found, until: new Date(Number(found.until) + 10 * 60 * 1_000) });
}
