import type { Concert, ConcertEvent } from "../exercise.ts";

/** The pure functions of one kind of concert. */
export interface Aggregate<TState> {
  initial(): TState;
  evolve(state: TState, event: ConcertEvent): TState;
  reserve(state: TState, seat: string, customer: string): readonly ConcertEvent[];
  release(state: TState, seat: string): readonly ConcertEvent[];
  free(state: TState): number;
  owner(state: TState, seat: string): string | undefined;
}

/** Does what a repository does with them, without a store: loads, decides, records. */
export function atDesk<TState>(aggregate: Aggregate<TState>): Concert {
  const { initial, evolve, reserve, release, free, owner } = aggregate;
  let state = initial();
  const record = (events: readonly ConcertEvent[]): readonly ConcertEvent[] => {
    state = events.reduce(evolve, state);
    return events;
  };
  return {
    load: (history) => void (state = history.reduce(evolve, initial())),
    reserve: (seat, customer) => record(reserve(state, seat, customer)),
    release: (seat) => record(release(state, seat)),
    reserveInVain: (seat, customer) => void reserve(state, seat, customer),
    free: () => free(state),
    owner: (seat) => owner(state, seat),
  };
}

export const reserved = (seat: string, customer: string): ConcertEvent => ({
  type: "SeatReserved",
  payload: { seat, customer },
});

export const released = (seat: string): ConcertEvent => ({
  type: "SeatReleased",
  payload: { seat },
});
