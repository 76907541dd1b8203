import type { Message } from "@counterpoint/bus";

/** Asks to hold a seat until a deadline. */
export function holdSeat(concertId: string, seat: string, deadline: Date): Message {
  return { type: "HoldSeat", payload: { concertId, seat, deadline } };
}

/** Asks how many seats are left. */
export function seatsLeft(concertId: string): Message {
  return { type: "SeatsLeft", payload: { concertId } };
}

/** Reads the deadline out of a HoldSeat that has arrived, from wherever it came. */
export function deadlineOf(message: ReturnType<typeof holdSeat>): Date {
  return (message.payload as { deadline: Date }).deadline;
}
