import { command, query, type } from "@counterpoint/bus";

const HoldSeat = command("HoldSeat", {
  payload: type<{ concertId: string; seat: string; deadline: Date }>(),
});
const SeatsLeft = query("SeatsLeft", {
  payload: type<{ concertId: string }>(),
  result: type<number>(),
});

export function holdSeat(concertId: string, seat: string, deadline: Date) {
  return HoldSeat({ concertId, seat, deadline });
}

export function seatsLeft(concertId: string) {
  return SeatsLeft({ concertId });
}

/** The payload says Date, a text arrives, and the reader quietly mends it. */
export function deadlineOf(message: ReturnType<typeof holdSeat>): Date {
  return new Date(message.payload.deadline);
}
