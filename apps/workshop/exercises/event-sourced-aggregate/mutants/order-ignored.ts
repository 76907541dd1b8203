import type { Concert, ConcertEvent } from "../exercise.ts";
import { atDesk } from "../tests/desk.ts";
import type { Owners } from "./correct-owners-by-seat.ts";
import { concert } from "./correct-owners-by-seat.ts";

type History = readonly ConcertEvent[];

/** All reservations, then all releases. */
function ownersIn(history: History): Owners {
  const releases = history.filter(({ type }) => type === "SeatReleased");
  const reservations = history.filter(({ type }) => type === "SeatReserved");
  return [...reservations, ...releases].reduce(concert.evolve, concert.initial());
}

export const createMutant = (): Concert =>
  atDesk<History>({
    initial: () => [],
    evolve: (history, event) => [...history, event],
    reserve: (history, seat, customer) => concert.reserve(ownersIn(history), seat, customer),
    release: (history, seat) => concert.release(ownersIn(history), seat),
    free: (history) => concert.free(ownersIn(history)),
    owner: (history, seat) => concert.owner(ownersIn(history), seat),
  });
