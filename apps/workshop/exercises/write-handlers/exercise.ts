// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { ReserveSeats, createBoxOffice } from "./solution/box-office.ts";
export type { Hall } from "./solution/box-office.ts";
