import { readSideContracts } from "@counterpoint/testing";
import { afterAll, describe, it } from "vitest";
import { openForContracts, openServer } from "../test/engines.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

describe.each(readSideContracts((options) => openForContracts(engine, options)))(
  "$name on a real server",
  ({ cases }) => {
    it.each(cases)("$name", ({ run: assertKept }) => assertKept());
  },
);
