import type { MessageOf } from "@counterpoint/bus";
import { command, query, type } from "@counterpoint/bus";

const HoldSeat = command("HoldSeat", {
  payload: type<{ concertId: string; seat: string; deadline: string }>(),
});
const SeatsLeft = query("SeatsLeft", {
  payload: type<{ concertId: string }>(),
  result: type<number>(),
});

/** Asks to hold a seat until a deadline. */
export function holdSeat(concertId: string, seat: string, deadline: Date) {
  return HoldSeat({ concertId, seat, deadline: deadline.toISOString() });
}

/** Asks how many seats are left. */
export function seatsLeft(concertId: string) {
  return SeatsLeft({ concertId });
}

/** Reads the deadline out of a HoldSeat that has arrived, from wherever it came. */
export function deadlineOf(message: MessageOf<typeof HoldSeat>): Date {
  return new Date(message.payload.deadline);
}
