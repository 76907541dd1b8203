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

export function createMemoryRepository(): Repository {
  const rows = new Map<string, Reservation>();
  return {
    async find(id) {
      const row = rows.get(id);
      return row && { ...row };
    },
    save: async (reservation) => void rows.set(reservation.id, { ...reservation }),
  };
}

/** Gives the customer ten minutes more. */
export async function extend(repository: Repository, id: string): Promise<void> {
  const reservation = await repository.find(id);
  if (!reservation) throw new Error(`There is no reservation ${id}.`);
  reservation.until = new Date(reservation.until.getTime() + 600_000);
  await repository.save(reservation);
}
