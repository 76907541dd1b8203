import { CommandBus, QueryBus, command, query, type } from "@counterpoint/bus";

export interface Reservation {
  readonly id: string;
  readonly customer: string;
  readonly seat: string;
}

export interface Page {
  readonly reservations: readonly Reservation[];
  readonly total: number;
}

const CancelReservation = command("CancelReservation", {
  payload: type<{ readonly id: string }>(),
});
const FindReservations = query("FindReservations", {
  payload: type<{ readonly limit: number }>(),
  result: type<Page>(),
});

/** What each of them can reach at all: nobody is refused, there is just nothing else. */
class Shelf {
  readonly #all: Map<string, Reservation>;

  constructor(all: Map<string, Reservation>) {
    this.#all = all;
  }

  readableBy(actor: string | undefined): Reservation[] {
    return actor === "usher" ? [...this.#all.values()] : this.ownedBy(actor);
  }

  ownedBy(actor: string | undefined): Reservation[] {
    return [...this.#all.values()].filter(({ customer }) => customer === actor);
  }

  remove(id: string): void {
    this.#all.delete(id);
  }
}

export const createBoxOffice = (reservations: Map<string, Reservation>) => {
  const shelf = new Shelf(reservations);
  return {
    commands: new CommandBus().register(CancelReservation, async ({ id }, { metadata }) => {
      const own = shelf.ownedBy(metadata.actor).find((each) => each.id === id);
      if (!own) throw Object.assign(new Error("Nothing of yours."), { code: "FORBIDDEN" });
      shelf.remove(own.id);
    }),
    queries: new QueryBus().register(FindReservations, async ({ limit }, { metadata }) => {
      const rows = shelf.readableBy(metadata.actor);
      const byId = rows.toSorted((a, b) => a.id.localeCompare(b.id));
      return { reservations: byId.slice(0, limit), total: rows.length };
    }),
  };
};
