import type { StandardSchema } from "@counterpoint/bus";
import { CommandBus, command } from "@counterpoint/bus";
import { validate } from "@counterpoint/bus/validate";

/** Each seat and who has it; `null`: nobody yet. Everybody else looks at it too. */
export type Hall = Map<string, string | null>;

export const ReserveSeats = command("ReserveSeats", {
  payload: schema<{ readonly customer: string; readonly seats: readonly string[] }>(
    ({ customer, seats }) =>
      typeof customer === "string" &&
      customer.length > 0 &&
      Array.isArray(seats) &&
      seats.length > 0 &&
      seats.every((seat) => typeof seat === "string" && seat !== "") &&
      new Set(seats).size === seats.length,
  ),
});

/** Does everything on a copy, where a refusal costs nothing. */
export function createBoxOffice(hall: Hall) {
  return new CommandBus({ middleware: [validate()] }).register(ReserveSeats, async (payload) => {
    const draft = new Map(hall);
    for (const seat of payload.seats) {
      if (draft.get(seat) === undefined) throw new Refusal("NO_SUCH_SEAT");
      if (draft.get(seat) !== null) throw new Refusal("SEAT_TAKEN");
      draft.set(seat, payload.customer);
    }
    let own = 0;
    for (const owner of draft.values()) own += Number(owner === payload.customer);
    if (own > 4) throw new Refusal("TOO_MANY_SEATS");
    for (const [seat, owner] of draft) hall.set(seat, owner);
  });
}

class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`The box office says ${code}.`);
    this.code = code;
  }
}

function schema<T>(holds: (value: Record<string, unknown>) => boolean): StandardSchema<T> {
  return {
    "~standard": {
      version: 1,
      vendor: "by-hand",
      validate: (value) =>
        typeof value === "object" && value !== null && holds({ ...value })
          ? { value: value as T }
          : { issues: [{ message: "not what was asked for" }] },
    },
  };
}
