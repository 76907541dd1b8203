import type { CommandBus, DispatchOptions, MessageOf, QueryBus } from "@counterpoint/bus";
import { commandRoute, integer, queryRoute, readYourWrites, text } from "@counterpoint/hono";
import type { Projector } from "@counterpoint/read-model";
import type { Context } from "hono";
import { Hono } from "hono";
import {
  CreateUser,
  GetUserById,
  GetUserHistory,
  ListUsers,
  RemoveUser,
  RenameUser,
} from "./messages.ts";

type UserCommand = MessageOf<typeof CreateUser | typeof RenameUser | typeof RemoveUser>;
type UserQuery = MessageOf<typeof GetUserById | typeof ListUsers | typeof GetUserHistory>;

export interface UserRoutesOptions {
  readonly commands: CommandBus<UserCommand>;
  readonly queries: QueryBus<UserQuery>;
  readonly projector: Pick<Projector, "waitFor">;
  /** Says who asks. */
  readonly context: (context: Context) => DispatchOptions;
}

/** The HTTP face of the users: which message each request is, and how its result is answered. */
export function userRoutes({ commands, queries, projector, context }: UserRoutesOptions) {
  const params = { userId: "id" } as const;
  const fresh = readYourWrites(projector, {
    projection: "users_eventual",
    applies: ({ req }) => (req.query("consistency") ?? "eventual") === "eventual",
  });

  return new Hono()
    .post(
      "/",
      commandRoute(commands, CreateUser, {
        context,
        reply: ({ user, token }) => ({
          status: 201,
          body: user,
          headers: { Location: `/users/${user.id}` },
          token,
        }),
      }),
    )
    .patch(
      "/:id",
      commandRoute(commands, RenameUser, {
        params,
        context,
        reply: ({ user, token }) => ({ status: 200, body: user, token }),
      }),
    )
    .delete(
      "/:id",
      commandRoute(commands, RemoveUser, {
        params,
        body: false,
        context,
        reply: ({ token }) => ({ status: 204, body: null, token }),
      }),
    )
    .get(
      "/",
      fresh,
      queryRoute(queries, ListUsers, {
        query: { page: integer, page_size: integer, consistency: text },
        context,
        reply: (body) => ({ status: 200, body }),
      }),
    )
    .get(
      "/:id",
      fresh,
      queryRoute(queries, GetUserById, {
        params,
        query: { consistency: text },
        context,
        reply: (body) => ({ status: 200, body }),
      }),
    )
    .get(
      "/:id/history",
      queryRoute(queries, GetUserHistory, {
        params,
        context,
        reply: (body) => ({ status: 200, body }),
      }),
    );
}
