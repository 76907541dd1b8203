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
  payload: type<{ readonly actor: string; readonly id: string }>(),
});
const FindReservations = query("FindReservations", {
  payload: type<{ readonly actor: string; readonly limit: number }>(),
  result: type<Page>(),
});

/** Customers see and cancel what is theirs. The usher sees everything and cancels nothing. */
const may = (actor: string, { customer }: Reservation): boolean =>
  actor === customer || actor === "usher";

/** Reservations by id. The payload comes from a browser; who is signed in stands in `metadata.actor`. */
export function createBoxOffice(reservations: Map<string, Reservation>) {
  const commands = new CommandBus().register(CancelReservation, ({ actor, id }) => {
    const found = reservations.get(id);
    if (!found) throw new Error(`There is no reservation ${id}.`);
    if (!may(actor, found)) throw new Error(`Reservation ${id} is ${found.customer}'s.`);
    reservations.delete(id);
  });
  const queries = new QueryBus().register(FindReservations, ({ actor, limit }) => {
    const page = [...reservations.values()].slice(0, limit);
    return { reservations: page.filter((each) => may(actor, each)), total: reservations.size };
  });
  return { commands, queries };
}
