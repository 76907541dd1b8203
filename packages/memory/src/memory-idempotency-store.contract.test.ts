import type { IdempotencyStore } from "@counterpoint/bus/idempotency";
import type { OpenStore } from "@counterpoint/testing";
import { idempotencyStoreContract } from "@counterpoint/testing";
import { describe, it } from "vitest";
import { createMemoryIdempotencyStore } from "./memory-idempotency-store.ts";

const open: OpenStore<IdempotencyStore> = async ({ clock }) => ({
  store: createMemoryIdempotencyStore(clock && { now: () => clock.now() }),
  [Symbol.asyncDispose]: async () => {},
});

describe("createMemoryIdempotencyStore", () => {
  it.each(idempotencyStoreContract(open))("$name", ({ run }) => run());
});
