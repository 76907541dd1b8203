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

/** Customers see and cancel what is theirs. The usher sees everything and cancels nothing. */
const may = (actor: string | undefined, { customer }: Reservation): boolean =>
  actor === customer || actor === "usher";

/** Reservations by id. The payload comes from a browser; who is signed in stands in `metadata.actor`. */
export function createBoxOffice(reservations: Map<string, Reservation>) {
  const commands = new CommandBus().register(CancelReservation, ({ id }, { metadata }) => {
    const found = reservations.get(id);
    if (!found || !may(metadata.actor, found)) throw new Error(`There is no reservation ${id}.`);
    reservations.delete(id);
  });
  const queries = new QueryBus().register(FindReservations, ({ limit }, { metadata }) => {
    const visible = [...reservations.values()].filter((each) => may(metadata.actor, each));
    return { reservations: visible.slice(0, limit), total: visible.length };
  });
  return { commands, queries };
}
