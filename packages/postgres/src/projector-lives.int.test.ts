import { projectorModel } from "@counterpoint/testing";
import { describe, it } from "vitest";
import { openApart } from "../test/engines.ts";

describe("on a real server", () => {
  it.each(projectorModel(openApart, { numRuns: 10, shrinks: false }))(
    "$name",
    { timeout: 300_000 },
    ({ run: assertKept }) => assertKept(),
  );
});
