// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createBoxOffice } from "./solution/box-office.ts";
export type { Surroundings } from "./solution/box-office.ts";
export type { Database } from "./solution/middleware.ts";
