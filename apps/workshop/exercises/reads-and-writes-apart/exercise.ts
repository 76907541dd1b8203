// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createBoxOffice } from "./solution/box-office.ts";
export type { Page, Reservation } from "./solution/box-office.ts";
