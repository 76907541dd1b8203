interface Message {
  readonly kind: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, string>>;
}

export function holdSeat(concertId: string, seat: string, deadline: Date): Message {
  const payload = { concertId, seat, deadline: deadline.toISOString() };
  return { kind: "command", type: "HoldSeat", payload };
}

export function seatsLeft(concertId: string): Message {
  return { kind: "query", type: "SeatsLeft", payload: { concertId } };
}

export function deadlineOf(message: Message): Date {
  return new Date(message.payload["deadline"] ?? "");
}
