import { readSideContracts } from "@counterpoint/testing";
import { afterAll, describe, expect, it } from "vitest";
import { openForContracts, openServer } from "../test/engines.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

/**
 * What only stores promise. The other suites play whole lives of workers in manual time, which a real server does not
 * keep to: they run over memory, and what they need of a store is in these.
 */
const OF_STORES = ["progress store", "dead letters", "partitions", "replacing a read model"];

const suites = readSideContracts((options) => openForContracts(engine, options)).filter(
  ({ name }) => OF_STORES.includes(name),
);

it("has the suites that it names", () => {
  expect(suites.map(({ name }) => name).sort()).toEqual(OF_STORES.toSorted());
});

describe.each(suites)("$name on a real server", ({ cases }) => {
  it.each(cases)("$name", ({ run: assertKept }) => assertKept());
});
