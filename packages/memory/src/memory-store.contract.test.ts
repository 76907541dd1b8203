import type { OpenStore, StorePorts } from "@counterpoint/testing";
import { storeContracts } from "@counterpoint/testing";
import { describe, it } from "vitest";
import { createMemoryStore } from "./memory-store.ts";

const openMemoryStore: OpenStore<StorePorts> = async (options) => ({
  store: createMemoryStore(options),
  [Symbol.asyncDispose]: async () => {},
});

describe.each(storeContracts(openMemoryStore))("$name", ({ cases }) => {
  it.each(cases)("$name", ({ run }) => run());
});
