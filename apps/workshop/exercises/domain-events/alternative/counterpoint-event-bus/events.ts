import type { MessageOf } from "@counterpoint/bus";
import { EventBus, event, type } from "@counterpoint/bus";

export const SeatReserved = event("SeatReserved", {
  payload: type<{ readonly seat: string; readonly customer: string }>(),
});

export type Subscriber = (event: MessageOf<typeof SeatReserved>) => void | Promise<void>;

/** Tells the mailer, the statistics and whoever else wants to know. Any of them may fail, at once or later. */
export function createEvents() {
  const bus = new EventBus();
  return {
    subscribe(subscriber: Subscriber): void {
      bus.subscribe(SeatReserved, (payload) => subscriber(SeatReserved(payload)));
    },
    publish: (event: MessageOf<typeof SeatReserved>): Promise<void> => bus.publish(event),
  };
}
