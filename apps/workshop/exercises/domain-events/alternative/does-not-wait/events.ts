import type { MessageOf } from "@counterpoint/bus";
import { event, type } from "@counterpoint/bus";

export const SeatReserved = event("SeatReserved", {
  payload: type<{ readonly seat: string; readonly customer: string }>(),
});

export type Subscriber = (event: MessageOf<typeof SeatReserved>) => void | Promise<void>;

/** Slower than all at once, and kinder to a small machine. */
class Events {
  readonly #subscribers = new Set<{ readonly tell: Subscriber }>();

  subscribe(tell: Subscriber): void {
    this.#subscribers.add({ tell });
  }

  async publish(event: MessageOf<typeof SeatReserved>): Promise<void> {
    const failures: unknown[] = [];
    for (const { tell } of this.#subscribers) {
      try {
        await tell(event);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw Object.assign(new Error("Not all heard."), { errors: failures });
  }
}

export const createEvents = (): Events => new Events();
