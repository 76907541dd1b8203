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

type Load = Concerts["load"];

const answer =
  (load: Load) =>
  ({ concertId }: { readonly concertId: string }): Promise<number> =>
    load(concertId).then(({ seats, taken }) => seats - taken);

/** Takes the reading half at the door: what lies behind could not write if it wanted to. */
export const seatsLeft = ({ load }: Concerts): ReturnType<typeof answer> => answer(load);
