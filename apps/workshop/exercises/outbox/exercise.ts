// What the tests see. The runner puts your folder, or another variant, in the place of the solution.
export { createBoxOffice } from "./solution/box-office.ts";
export { createRelay } from "./solution/relay.ts";
export type { Broker, Database } from "./solution/box-office.ts";
export type { Outbox } from "./solution/relay.ts";
