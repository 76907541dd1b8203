import type { Concert, ConcertEvent } from "../exercise.ts";
import type { Owners } from "./correct-owners-by-seat.ts";
import { concert } from "./correct-owners-by-seat.ts";

interface State {
  readonly free: number;
  readonly owners: Owners;
}

const apply = ({ free, owners }: State, event: ConcertEvent): State => ({
  free: free + (event.type === "SeatReserved" ? -1 : 1),
  owners: concert.evolve(owners, event),
});

export function createMutant(): Concert {
  const initial: State = { free: 20, owners: concert.initial() };
  let state = initial;
  const record = (events: readonly ConcertEvent[]): readonly ConcertEvent[] => {
    state = [...events, ...events].reduce(apply, state); // as decided, and again as stored
    return events;
  };
  return {
    load: (history) => void (state = history.reduce(apply, initial)),
    reserve: (seat, customer) => record(concert.reserve(state.owners, seat, customer)),
    release: (seat) => record(concert.release(state.owners, seat)),
    reserveInVain: (seat, customer) => void concert.reserve(state.owners, seat, customer),
    free: () => state.free,
    owner: (seat) => state.owners.get(seat),
  };
}
