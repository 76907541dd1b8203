import { readSideContracts } from "@counterpoint/testing";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Engine } from "../test/engines.ts";
import { openForContracts, openPgliteEngine } from "../test/engines.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openPgliteEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

describe.each(readSideContracts((options) => openForContracts(engine, options)))(
  "$name on PGlite",
  ({ cases }) => {
    it.each(cases)("$name", ({ run: assertKept }) => assertKept());
  },
);
