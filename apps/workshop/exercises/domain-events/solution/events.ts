import type { MessageOf } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";

export const SeatReserved = event("SeatReserved", {
  payload: type<{ readonly seat: string; readonly customer: string }>(),
});

export type Subscriber = (event: MessageOf<typeof SeatReserved>) => void | Promise<void>;

/** Tells the mailer, the statistics and whoever else wants to know. Any of them may fail, at once or later. */
export function createEvents() {
  const subscribers: Subscriber[] = [];

  return {
    subscribe(subscriber: Subscriber): void {
      subscribers.push(subscriber);
    },

    async publish(event: MessageOf<typeof SeatReserved>): Promise<void> {
      const ends = await Promise.allSettled(subscribers.map(async (each) => each(event)));
      const errors = ends.flatMap((end) =>
        end.status === "rejected" ? [end.reason as unknown] : [],
      );
      if (errors.length > 0)
        throw new AggregateError(errors, `${errors.length} could not be told.`);
    },
  };
}
