import { projectorModel } from "@counterpoint/testing";
import { describe, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const cases = projectorModel(async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
}));

describe("the life of a projector", () => {
  it.each(cases)("$name", { timeout: 60_000 }, ({ run: assertKept }) => assertKept());
});
