// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createBoxOffice, freeSeats } from "./solution/box-office.ts";
