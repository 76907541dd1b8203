import { CommandBus, QueryBus, command, query, type } from "@counterpoint/bus";
import type { InferRequestType, InferResponseType } from "hono/client";
import { hc } from "hono/client";
import { Hono } from "hono";
import { describe, expectTypeOf, it } from "vitest";
import { commandRoute, integer, queryRoute } from "./route.ts";

interface User {
  readonly id: string;
  readonly name: string;
}

const Register = command("Register", {
  payload: type<{ name: string; email?: string }>(),
  result: type<User>(),
});
const Rename = command("Rename", {
  payload: type<{ userId: string; name: string }>(),
  result: type<User>(),
});
const Remove = command("Remove", { payload: type<{ userId: string }>() });
const Unknown = command("Unknown");
const GetUser = query("GetUser", {
  payload: type<{ userId: string; consistency?: "sync" | "eventual" }>(),
  result: type<User>(),
});

declare const user: User;
const commands = new CommandBus()
  .register(Register, () => user)
  .register(Rename, () => user)
  .register(Remove, () => {});
const queries = new QueryBus().register(GetUser, () => user);
const params = { userId: "id" } as const;

const app = new Hono()
  .post("/users", commandRoute(commands, Register, { reply: (body) => ({ status: 201, body }) }))
  .patch(
    "/users/:id",
    commandRoute(commands, Rename, { params, reply: (body) => ({ status: 200, body }) }),
  )
  .delete(
    "/users/:id",
    commandRoute(commands, Remove, {
      params,
      body: false,
      reply: () => ({ status: 204, body: null }),
    }),
  )
  .get(
    "/users/:id",
    queryRoute(queries, GetUser, { params, reply: (body) => ({ status: 200, body }) }),
  );

const client = hc<typeof app>("http://localhost");

describe("the client that is made from the routes", () => {
  it("knows the bodies of answers", () => {
    expectTypeOf<InferResponseType<typeof client.users.$post>>().toEqualTypeOf<{
      readonly id: string;
      readonly name: string;
    }>();
    expectTypeOf<InferResponseType<(typeof client.users)[":id"]["$delete"]>>().toBeNull();
  });

  it("knows the statuses", () => {
    expectTypeOf(client.users.$post).returns.resolves.toHaveProperty("status").toEqualTypeOf<201>();
    expectTypeOf(client.users[":id"].$get)
      .returns.resolves.toHaveProperty("status")
      .toEqualTypeOf<200>();
  });

  it("knows what to send: the payload, less what stands in the path", () => {
    expectTypeOf<InferRequestType<typeof client.users.$post>["json"]>().toEqualTypeOf<{
      name: string;
      email?: string;
    }>();
    expectTypeOf<InferRequestType<(typeof client.users)[":id"]["$patch"]>>().toExtend<{
      param: { id: string };
      json: { name: string };
    }>();
    expectTypeOf<InferRequestType<(typeof client.users)[":id"]["$delete"]>>().not.toHaveProperty(
      "json",
    );
    expectTypeOf<InferRequestType<(typeof client.users)[":id"]["$get"]>["query"]>().toEqualTypeOf<{
      consistency?: string;
    }>();
  });

  it("refuses what does not fit", () => {
    // @ts-expect-error the name is missing
    void client.users.$post({ json: {} });
    // @ts-expect-error there is no such field
    void client.users.$post({ json: { name: "Ada", role: "admin" } });
    // @ts-expect-error the id is missing
    void client.users[":id"].$patch({ json: { name: "Ada" } });
    // @ts-expect-error the path brings the id
    void client.users[":id"].$patch({ param: { id: "1" }, json: { name: "Ada", userId: "2" } });
    // @ts-expect-error there is no such route
    void client.users.$put({});
  });
});

describe("a route", () => {
  it("is of a message that the bus has a handler for", () => {
    // @ts-expect-error nobody registered it
    commandRoute(commands, Unknown, { reply: () => ({ status: 204, body: null }) });
  });

  it("is of the bus's kind of message", () => {
    // @ts-expect-error a query is no command
    commandRoute(queries, GetUser, { reply: (body) => ({ status: 200, body }) });
    // @ts-expect-error a command is no query
    queryRoute(commands, Register, { reply: (body) => ({ status: 200, body }) });
  });

  it("knows what its result is", () => {
    queryRoute(queries, GetUser, {
      params,
      query: { consistency: integer },
      reply: (result) => {
        expectTypeOf(result).toEqualTypeOf<User>();
        return { status: 200, body: result };
      },
    });
  });

  it("answers with a status that there is", () => {
    // @ts-expect-error there is no status 299
    queryRoute(queries, GetUser, { params, reply: (body) => ({ status: 299, body }) });
  });
});
