/// <reference types="node" />
// The one door to Node: whoever consumes this package from source needs Node's types here, and nowhere else.
import { AssertionError } from "node:assert/strict";

export { deepEqual, equal, notEqual, ok } from "node:assert/strict";
/** Resolves after everything that is due now, microtasks included, has run. */
export { setImmediate as nextTurn } from "node:timers/promises";

/** Fails an assertion with a message of one's own. */
export function fail(message: string): never {
  throw new AssertionError({ message });
}
