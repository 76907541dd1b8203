import type { Policy } from "@counterpoint/bus/authorize";
import { authorize } from "@counterpoint/bus/authorize";
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

/** Reservations by id. The payload comes from a browser; who is signed in stands in `metadata.actor`. */
export function createBoxOffice(reservations: Map<string, Reservation>) {
  const ownAlone: Policy = ({ payload }, { metadata }) => {
    const { id } = payload as { readonly id: string }; // the bus knows one command
    return metadata.actor !== undefined && reservations.get(id)?.customer === metadata.actor;
  };
  const signedIn: Policy = (_, { metadata }) => metadata.actor !== undefined;

  const commands = new CommandBus({ middleware: [authorize(ownAlone)] }).register(
    CancelReservation,
    ({ id }) => void reservations.delete(id),
  );
  const queries = new QueryBus({ middleware: [authorize(signedIn)] }).register(
    FindReservations,
    ({ limit }, { metadata }) => {
      const page: Reservation[] = [];
      let total = 0;
      for (const each of reservations.values()) {
        if (metadata.actor !== "usher" && metadata.actor !== each.customer) continue;
        total += 1;
        if (page.length < limit) page.push(each);
      }
      return { reservations: page, total };
    },
  );
  return { commands, queries };
}
