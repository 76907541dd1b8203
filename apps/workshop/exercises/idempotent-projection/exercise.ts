// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createSeatsView } from "./solution/projection.ts";
export type { SeatEvent, SeatsView, Storage } from "./solution/projection.ts";
export { property } from "./solution/property.ts";
export type { View } from "./solution/property.ts";
