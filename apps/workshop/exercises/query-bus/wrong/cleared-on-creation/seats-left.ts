import { query, type } from "@counterpoint/bus";

export const SeatsLeft = query("SeatsLeft", {
  payload: type<{ readonly concertId: string }>(),
  result: type<number>(),
});

export interface Concert {
  readonly seats: number;
  readonly taken: number;
  readonly asked: number;
}

/** One row for each concert. Reservations are written to it at any moment. */
export interface Concerts {
  load(id: string): Promise<Concert>;
  save(id: string, concert: Concert): Promise<void>;
}

/** Answers SeatsLeft. Who wants to know what people look at counts requests, outside of the concerts. */
export function seatsLeft(concerts: Pick<Concerts, "load">) {
  return async ({ concertId }: { readonly concertId: string }): Promise<number> => {
    const { seats, taken } = await concerts.load(concertId);
    return seats - taken;
  };
}
