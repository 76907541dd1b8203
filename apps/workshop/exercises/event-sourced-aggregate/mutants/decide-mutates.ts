import type { Concert } from "../exercise.ts";
import { atDesk } from "../tests/desk.ts";
import { concert } from "./correct-owners-by-seat.ts";

export const createMutant = (): Concert =>
  atDesk<Map<string, string>>({
    ...concert,
    initial: () => new Map(),
    evolve: (owners, event) => new Map(concert.evolve(owners, event)),
    reserve(owners, seat, customer) {
      const events = concert.reserve(owners, seat, customer);
      if (events.length > 0) owners.set(seat, customer);
      return events;
    },
  });
