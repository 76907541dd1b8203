import type { MessageOf } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";
import { decider } from "@counterpoint/write-model";

export const SeatReserved = event("SeatReserved", {
  payload: type<{ readonly seat: string; readonly customer: string }>(),
});
export const SeatReleased = event("SeatReleased", { payload: type<{ readonly seat: string }>() });
export type ConcertEvent = MessageOf<typeof SeatReserved | typeof SeatReleased>;

interface State {
  readonly free: number;
  /** Who has which seat. */
  readonly owners: Readonly<Record<string, string>>;
}

const refusal = (code: string): Error => Object.assign(new Error(code), { code });

/** What follows from the events of one concert. It has happened: nothing is refused here. */
export const concert = decider({
  events: [SeatReserved, SeatReleased],
  initial: { free: 20, owners: {} } as State,
  evolve: {
    SeatReserved: ({ free, owners }, { payload: { seat, customer } }) => ({
      free: seat in owners ? free : free - 1,
      owners: { ...owners, [seat]: customer },
    }),
    SeatReleased: ({ free, owners }, { payload: { seat } }) => {
      const { [seat]: owner, ...others } = owners;
      return { free: owner === undefined ? free : free + 1, owners: others };
    },
  },
});

/** @throws With the code `SEAT_TAKEN` or `TOO_MANY_SEATS`. */
export function reserve(state: State, seat: string, customer: string): readonly ConcertEvent[] {
  const holder = owner(state, seat);
  if (holder === customer) return [];
  if (holder !== undefined) throw refusal("SEAT_TAKEN");
  return [SeatReserved({ seat, customer })];
}

export function release(state: State, seat: string): readonly ConcertEvent[] {
  return owner(state, seat) === undefined ? [] : [SeatReleased({ seat })];
}

export const free = (state: State): number => state.free;
export const owner = (state: State, seat: string): string | undefined => state.owners[seat];
