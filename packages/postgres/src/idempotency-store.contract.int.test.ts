import type { IdempotencyStore } from "@counterpoint/bus/idempotency";
import type { OpenStore } from "@counterpoint/testing";
import { idempotencyStoreContract } from "@counterpoint/testing";
import { afterAll, describe, it } from "vitest";
import { dropSchema, newSchema, openServer } from "../test/engines.ts";
import { createPostgresIdempotencyStore } from "./idempotency-store.ts";
import { migrate } from "./migrate.ts";

const engine = openServer();
afterAll(() => engine[Symbol.asyncDispose]());

const open: OpenStore<IdempotencyStore> = async ({ clock }) => {
  const schema = newSchema();
  await migrate(engine.db, { schema });
  return {
    store: createPostgresIdempotencyStore(engine.db, { schema, ...(clock && { clock }) }),
    [Symbol.asyncDispose]: () => dropSchema(engine, schema),
  };
};

describe("createPostgresIdempotencyStore on a real server", () => {
  it.each(idempotencyStoreContract(open))("$name", ({ run: assertKept }) => assertKept());
});
