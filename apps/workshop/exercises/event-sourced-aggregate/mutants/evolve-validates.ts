import type { Concert } from "../exercise.ts";
import { atDesk } from "../tests/desk.ts";
import { concert } from "./correct-owners-by-seat.ts";

export const createMutant = (): Concert =>
  atDesk({
    ...concert,
    evolve(owners, event) {
      if (event.type === "SeatReserved") {
        concert.reserve(owners, event.payload.seat, event.payload.customer);
      }
      return concert.evolve(owners, event);
    },
  });
