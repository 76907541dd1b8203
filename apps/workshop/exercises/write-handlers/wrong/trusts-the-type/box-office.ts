import { CommandBus, command, type } from "@counterpoint/bus";

/** Each seat and who has it; `null`: nobody yet. Everybody else looks at it too. */
export type Hall = Map<string, string | null>;

export const ReserveSeats = command("ReserveSeats", {
  payload: type<{ readonly customer: string; readonly seats: readonly string[] }>(),
});

const MOST_SEATS = 4;

const refusal = (code: string): Error => Object.assign(new Error(code), { code });

/** Answers commands as they come in over HTTP. */
export function createBoxOffice(hall: Hall) {
  return new CommandBus().register(ReserveSeats, ({ customer, seats }) => {
    for (const seat of seats) {
      if (!hall.has(seat)) throw refusal("NO_SUCH_SEAT");
      if (hall.get(seat) !== null) throw refusal("SEAT_TAKEN");
    }
    const own = [...hall.values()].filter((owner) => owner === customer);
    if (own.length + seats.length > MOST_SEATS) throw refusal("TOO_MANY_SEATS");

    for (const seat of seats) hall.set(seat, customer);
  });
}
