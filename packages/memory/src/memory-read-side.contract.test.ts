import type { OpenStore, StorePorts } from "@counterpoint/testing";
import { readSideContracts } from "@counterpoint/testing";
import { describe, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const openMemoryStore: OpenStore<StorePorts> = async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
});

describe.each(readSideContracts(openMemoryStore))("$name", ({ cases }) => {
  it.each(cases)("$name", ({ run }) => run());
});
