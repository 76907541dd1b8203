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

/** A row as a database has it: nothing in it can be shared. */
type Row = Readonly<Record<"seats" | "cents" | "until", string>>;

export function createMemoryRepository(): Repository {
  const rows: Record<string, Row> = Object.create(null);
  return {
    async find(id) {
      const row = rows[id];
      if (!row) return undefined;
      return {
        id,
        seats: JSON.parse(row.seats),
        cents: BigInt(row.cents),
        until: new Date(row.until),
      };
    },
    async save({ id, seats, cents, until }) {
      rows[id] = {
        seats: JSON.stringify(seats),
        cents: cents.toString(),
        until: until.toISOString(),
      };
    },
  };
}

/** Gives the customer ten minutes more. */
export async function extend(repository: Repository, id: string): Promise<void> {
  const reservation = await repository.find(id);
  if (!reservation) throw new Error(`There is no reservation ${id}.`);
  reservation.until.setUTCMinutes(reservation.until.getUTCMinutes() + 10);
  await repository.save(reservation);
}
