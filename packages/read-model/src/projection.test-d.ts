import { event, type } from "@counterpoint/bus";
import type { Json } from "@counterpoint/events";
import { expectTypeOf } from "vitest";
import type { Projection } from "./projection.ts";
import { projection } from "./projection.ts";
import { createProjector } from "./projector.ts";
import type { ReadModel } from "./read-model.ts";

const Registered = event("Registered", { payload: type<{ userId: string; name: string }>() });
const Removed = event("Removed", { payload: type<{ userId: string }>() });

const users = projection("users", {
  version: 1,
  events: [Registered, Removed],
  columns: {
    id: "text",
    name: "text?",
    visits: "integer",
    balance: "bigint",
    score: "double precision?",
    active: "boolean",
    created_at: "timestamptz",
    data: "jsonb",
  },
  key: ({ payload }) => payload.userId,
  on: {
    Registered: (before, event) => {
      expectTypeOf(event.payload).toEqualTypeOf<{ userId: string; name: string }>();
      expectTypeOf(event.recordedAt).toEqualTypeOf<Date>();
      expectTypeOf(before?.name).toEqualTypeOf<string | null | undefined>();
      return {
        id: event.payload.userId,
        name: event.payload.name,
        visits: 0,
        balance: 0n,
        score: null,
        active: true,
        created_at: event.recordedAt,
        data: {},
      };
    },
    Removed: () => null,
  },
});

type User = typeof users extends Projection<infer TDocument> ? TDocument : never;
expectTypeOf<User>().toEqualTypeOf<{
  readonly id: string;
  readonly name: string | null;
  readonly visits: number;
  readonly balance: bigint;
  readonly score: number | null;
  readonly active: boolean;
  readonly created_at: Date;
  readonly data: Json;
}>();

declare const model: ReadModel<User>;
void model.find({ where: { active: true }, orderBy: ["name"] });
// @ts-expect-error -- no such column
void model.find({ where: { age: 7 } });
// @ts-expect-error -- another type
void model.find({ where: { visits: "7" } });
// @ts-expect-error -- no such column
void model.find({ orderBy: ["age"] });

declare const store: Parameters<typeof createProjector>[0];
createProjector(store, { projections: [users, users.as("users_too")] });
expectTypeOf(store.readModel(users)).toEqualTypeOf<ReadModel<User>>();

projection("broken", {
  version: 1,
  events: [Removed],
  columns: { id: "text" },
  key: ({ payload }) => payload.userId,
  // @ts-expect-error -- the handler returns no document
  on: { Removed: () => ({ id: 7 }) },
});

projection("broken", {
  version: 1,
  events: [Registered, Removed],
  columns: { id: "text" },
  key: ({ payload }) => payload.userId,
  // @ts-expect-error -- an event without a handler
  on: { Removed: () => null },
});

projection("broken", {
  version: 1,
  events: [Removed],
  // @ts-expect-error -- no such type of column
  columns: { id: "uuid" },
  key: ({ payload }) => payload.userId,
  on: { Removed: () => null },
});
