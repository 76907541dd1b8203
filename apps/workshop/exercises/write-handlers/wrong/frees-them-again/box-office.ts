import type { StandardSchema } from "@counterpoint/bus";
import { CommandBus, command } from "@counterpoint/bus";
import { validate } from "@counterpoint/bus/validate";

/** Each seat and who has it; `null`: nobody yet. Everybody else looks at it too. */
export type Hall = Map<string, string | null>;

interface Reservation {
  readonly customer: string;
  readonly seats: readonly string[];
}

const reservation: StandardSchema<Reservation> = {
  "~standard": {
    version: 1,
    vendor: "workshop",
    validate: (value) =>
      isReservation(value) ? { value } : { issues: [{ message: "expected a customer and seats" }] },
  },
};

export const ReserveSeats = command("ReserveSeats", { payload: reservation });

const MOST_SEATS = 4;

const refusal = (code: string): Error => Object.assign(new Error(code), { code });

/** Answers commands as they come in over HTTP. */
export function createBoxOffice(hall: Hall) {
  return new CommandBus({ middleware: [validate()] }).register(
    ReserveSeats,
    ({ customer, seats }) => {
      try {
        for (const seat of seats) {
          if (!hall.has(seat)) throw refusal("NO_SUCH_SEAT");
          if (hall.get(seat) !== null) throw refusal("SEAT_TAKEN");
          hall.set(seat, customer);
        }
        const own = [...hall.values()].filter((owner) => owner === customer);
        if (own.length > MOST_SEATS) throw refusal("TOO_MANY_SEATS");
      } catch (error) {
        for (const seat of seats) if (hall.has(seat)) hall.set(seat, null);
        throw error;
      }
    },
  );
}

function isReservation(value: unknown): value is Reservation {
  const { customer, seats } = (value ?? {}) as Record<string, unknown>;
  return isName(customer) && Array.isArray(seats) && seats.length > 0 && isSet(seats);
}

function isSet(seats: readonly unknown[]): boolean {
  return seats.every(isName) && new Set(seats).size === seats.length;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
