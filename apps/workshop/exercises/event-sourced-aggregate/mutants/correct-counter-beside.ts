import type { Aggregate } from "../tests/desk.ts";
import { released, reserved } from "../tests/desk.ts";

interface State {
  readonly free: number;
  readonly reservations: readonly { readonly seat: string; readonly customer: string }[];
}

const find = ({ reservations }: State, seat: string) =>
  reservations.find((each) => each.seat === seat);

/** Right, and counts; refuses with other errors, and looks at the limit first. */
export const concert: Aggregate<State> = {
  initial: () => ({ free: 20, reservations: [] }),
  evolve({ free, reservations }, { type, payload }) {
    const others = reservations.filter(({ seat }) => seat !== payload.seat);
    const before = free + reservations.length - others.length;
    return type === "SeatReserved"
      ? { free: before - 1, reservations: [...others, payload] }
      : { free: before, reservations: others };
  },
  reserve(state, seat, customer) {
    const held = find(state, seat);
    if (held?.customer === customer) return [];
    const own = state.reservations.filter((each) => each.customer === customer);
    if (own.length >= 4) throw new RangeError("too many");
    if (held) throw new TypeError("taken");
    return [reserved(seat, customer)];
  },
  release: (state, seat) => (find(state, seat) ? [released(seat)] : []),
  free: ({ free }) => free,
  owner: (state, seat) => find(state, seat)?.customer,
};
