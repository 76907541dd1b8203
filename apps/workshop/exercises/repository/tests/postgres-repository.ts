import type { PGlite } from "@electric-sql/pglite";
import type { Repository } from "../exercise.ts";

/** One row each, in columns of the right types. Every repository sees its own rows alone. */
export async function postgresRepositories(db: PGlite): Promise<() => Repository> {
  await db.exec(`
    create table if not exists reservations (
      owner integer, id text, seats text[] not null, cents bigint not null, until timestamptz not null,
      primary key (owner, id)
    );
    truncate reservations`);
  let owners = 0;
  return () => createRepository(db, (owners += 1));
}

interface Row {
  readonly seats: string[];
  /** A text, because drivers differ: a number that is too large for one, or a bigint. */
  readonly cents: string;
  readonly until: Date;
}

function createRepository(db: PGlite, owner: number): Repository {
  return {
    async find(id) {
      const { rows } = await db.query<Row>(
        "select seats, cents::text, until from reservations where owner = $1 and id = $2",
        [owner, id],
      );
      const [row] = rows;
      return row && { ...row, id, cents: BigInt(row.cents) };
    },
    async save({ id, seats, cents, until }) {
      await db.query(
        `insert into reservations values ($1, $2, $3, $4, $5) on conflict (owner, id)
         do update set seats = excluded.seats, cents = excluded.cents, until = excluded.until`,
        [owner, id, seats, cents, until],
      );
    },
  };
}
