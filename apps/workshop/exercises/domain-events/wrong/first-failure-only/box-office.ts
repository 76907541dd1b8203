import { CommandBus, command, type } from "@counterpoint/bus";
import type { EventStore } from "@counterpoint/events";
import type { createEvents } from "./events.ts";
import { SeatReserved } from "./events.ts";

const ReserveSeat = command("ReserveSeat", {
  payload: type<{ readonly seat: string; readonly customer: string }>(),
});

export interface Surroundings {
  /** `append` commits, or rejects: when the seat is taken, or the database is away. */
  readonly store: EventStore;
  readonly events: ReturnType<typeof createEvents>;
  /** Where failures go that are nobody's answer: a log with somebody behind it. */
  readonly report: (error: unknown) => void;
}

export function createBoxOffice({ store, events, report }: Surroundings) {
  return new CommandBus().register(ReserveSeat, async (payload) => {
    const reserved = SeatReserved(payload);
    const stream = `seat-${payload.seat}`;
    await store.append({ stream, events: [reserved], expectedVersion: "none" });
    await events.publish(reserved).catch(report);
  });
}
