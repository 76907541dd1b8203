// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createQueryBus } from "./solution/query-bus.ts";
export { SeatsLeft, seatsLeft } from "./solution/seats-left.ts";
export type { Concert, Concerts } from "./solution/seats-left.ts";
