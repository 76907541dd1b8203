// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createMemoryRepository, extend } from "./solution/box-office.ts";
export type { Repository, Reservation } from "./solution/box-office.ts";
export { property } from "./solution/property.ts";
