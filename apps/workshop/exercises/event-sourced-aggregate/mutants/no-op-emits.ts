import type { Concert } from "../exercise.ts";
import { atDesk, released } from "../tests/desk.ts";
import { concert } from "./correct-owners-by-seat.ts";

export const createMutant = (): Concert =>
  atDesk({ ...concert, release: (_, seat) => [released(seat)] });
