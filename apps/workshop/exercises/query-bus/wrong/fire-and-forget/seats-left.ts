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

/** Answers SeatsLeft, and counts the questions: marketing wants to know what people look at. */
export function seatsLeft(concerts: Concerts) {
  return async ({ concertId }: { readonly concertId: string }): Promise<number> => {
    const concert = await concerts.load(concertId);
    void concerts.save(concertId, { ...concert, asked: concert.asked + 1 });
    return concert.seats - concert.taken;
  };
}
