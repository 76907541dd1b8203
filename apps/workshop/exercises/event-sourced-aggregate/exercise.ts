// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { concert, free, owner, release, reserve } from "./solution/concert.ts";
export type { ConcertEvent } from "./solution/concert.ts";
export { property } from "./solution/property.ts";
export type { Concert } from "./solution/property.ts";
