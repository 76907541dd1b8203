import { BusError, CommandBus, command, type } from "@counterpoint/bus";

/** Each seat and who has it; `null`: nobody yet. Everybody else looks at it too. */
export type Hall = Map<string, string | null>;

export const ReserveSeats = command("ReserveSeats", {
  payload: type<{ readonly customer: string; readonly seats: readonly string[] }>(),
});

/** Decides first, purely; applies afterwards. */
export function createBoxOffice(hall: Hall) {
  return new CommandBus().register(ReserveSeats, (payload) => {
    if (!isSound(payload)) throw new BusError("INVALID_PAYLOAD", "Seats for whom?");
    const reason = reasonAgainst(hall, payload.customer, payload.seats);
    if (reason) throw Object.assign(new Error(`Refused: ${reason}`), { code: reason });
    payload.seats.forEach((seat) => hall.set(seat, payload.customer));
  });
}

function reasonAgainst(hall: Hall, customer: string, seats: readonly string[]): string | undefined {
  if (seats.some((seat) => !hall.has(seat))) return "NO_SUCH_SEAT";
  const own = Array.from(hall.values()).filter((owner) => owner === customer).length;
  if (own + seats.length > 4) return "TOO_MANY_SEATS";
  return seats.some((seat) => hall.get(seat) !== null) ? "SEAT_TAKEN" : undefined;
}

function isSound(payload: unknown): boolean {
  if (typeof payload !== "object" || payload === null) return false;
  if (!("customer" in payload) || !("seats" in payload) || !Array.isArray(payload.seats))
    return false;
  const texts: unknown[] = [payload.customer, ...payload.seats];
  const isText = texts.every((text) => typeof text === "string" && text.length > 0);
  return isText && texts.length > 1 && new Set(payload.seats).size === payload.seats.length;
}
