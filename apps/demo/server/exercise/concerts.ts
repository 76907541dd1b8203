import type { MessageOf } from "@counterpoint/bus";
import { CommandBus, command, event, type } from "@counterpoint/bus";
import { retry } from "@counterpoint/bus/retry";
import type { RecordedEvent } from "@counterpoint/events";
import { isConcurrencyError } from "@counterpoint/events";
import { ProblemError, problem } from "@counterpoint/hono";
import { createMemoryStore } from "@counterpoint/memory";
import { createEventSourcedRepository, decider } from "@counterpoint/write-model";

/** The concerts on sale; each is a stream of its own. */
export const CONCERTS = ["concert-1", "concert-2"] as const;
export type Concert = (typeof CONCERTS)[number];

/** Seats of each concert. */
const SEATS = 20;

const SeatReserved = event("SeatReserved", { payload: type<{ readonly seat: string }>() });
const SeatReleased = event("SeatReleased", { payload: type<{ readonly seat: string }>() });

const ReserveSeat = command("ReserveSeat", { payload: type<{ concert: Concert }>() });
const ReleaseSeat = command("ReleaseSeat", { payload: type<{ concert: Concert }>() });

/** What the page can ask of the write side. */
export const SEAT_COMMANDS = { reserve: ReserveSeat, release: ReleaseSeat };

type Taken = readonly string[];

const concert = decider({
  events: [SeatReserved, SeatReleased],
  initial: [] as Taken,
  evolve: {
    SeatReserved: (taken, { payload: { seat } }) => [...taken, seat],
    SeatReleased: (taken, { payload: { seat } }) => taken.filter((each) => each !== seat),
  },
});

/** The write side of the concerts: it decides, and its log is what everybody follows. */
export interface Concerts {
  readonly commands: CommandBus<MessageOf<typeof ReserveSeat | typeof ReleaseSeat>>;
  free(concert: Concert): Promise<number>;
  /** The events behind a position, oldest first. */
  eventsAfter(position: number): Promise<readonly RecordedEvent[]>;
}

/** Opens two concerts of 20 seats, in memory. */
export function openConcerts(): Concerts {
  const store = createMemoryStore();
  const concerts = createEventSourcedRepository(store, concert, { category: "concert" });
  const again = retry({ times: 5, when: isConcurrencyError, delayMs: () => 0 });
  const commands = new CommandBus({ middleware: [again] })
    .register(ReserveSeat, async ({ concert }) => {
      await concerts.update(idOf(concert), reserve);
    })
    .register(ReleaseSeat, async ({ concert }) => {
      await concerts.update(idOf(concert), release);
    });
  return {
    commands,
    free: async (concert) => SEATS - (await concerts.load(idOf(concert))).state.length,
    eventsAfter: async (after) => (await store.readLog({ after, limit: 1_000 })).events,
  };
}

function reserve(taken: Taken) {
  const seats = Array.from({ length: SEATS }, (_, index) => `A${index + 1}`);
  const seat = seats.find((seat) => !taken.includes(seat));
  if (seat === undefined) throw refusal("SOLD_OUT", "All seats of this concert are reserved.");
  return [SeatReserved({ seat })];
}

function release(taken: Taken) {
  const seat = taken.at(-1);
  if (seat === undefined) throw refusal("NOTHING_RESERVED", "No seat of this concert is reserved.");
  return [SeatReleased({ seat })];
}

function refusal(code: string, detail: string): ProblemError {
  return new ProblemError(problem(409, code, detail));
}

function idOf(concert: Concert): string {
  return concert.slice("concert-".length);
}
