import type { CommandMessage, QueryMessage } from "@counterpoint/bus";

interface Hold {
  readonly concertId: string;
  readonly seat: string;
  readonly deadlineMs: number;
}

export function holdSeat(
  concertId: string,
  seat: string,
  deadline: Date,
): CommandMessage<"HoldSeat", Hold> {
  return { type: "HoldSeat", payload: { concertId, seat, deadlineMs: deadline.getTime() } };
}

export function seatsLeft(
  concertId: string,
): QueryMessage<"SeatsLeft", { readonly concertId: string }, number> {
  return { type: "SeatsLeft", payload: { concertId } };
}

export function deadlineOf({ payload }: CommandMessage<"HoldSeat", Hold>): Date {
  return new Date(payload.deadlineMs);
}
