/// <reference types="node" />
// The one door to Node: whoever consumes this package from source needs Node's types here, and nowhere else.
export { deepEqual, equal, fail, notEqual, ok } from "node:assert/strict";
/** Resolves after everything that is due now, microtasks included, has run. */
export { setImmediate as nextTurn } from "node:timers/promises";
