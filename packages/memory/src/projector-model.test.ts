import { projectorModel } from "@counterpoint/testing";
import { it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const cases = projectorModel(async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
}));

it.each(cases)("$name", { timeout: 60_000 }, ({ run }) => run());
