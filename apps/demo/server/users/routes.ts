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
  User,
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

const fresher = ["Consistency-Token", "Prefer"];
const written = {
  takes: ["Idempotency-Key", "X-Correlation-Id"],
  gives: ["Consistency-Token"],
  problems: [409, 422],
};

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
        docs: {
          summary: "Creates a user",
          ...written,
          status: 201,
          body: User,
          gives: [...written.gives, "Location"],
        },
      }),
    )
    .patch(
      "/:id",
      commandRoute(commands, RenameUser, {
        params,
        context,
        reply: ({ user, token }) => ({ status: 200, body: user, token }),
        docs: {
          summary: "Gives a user another name",
          ...written,
          ...{ status: 200, body: User, problems: [404, ...written.problems] },
        },
      }),
    )
    .delete(
      "/:id",
      commandRoute(commands, RemoveUser, {
        params,
        body: false,
        context,
        reply: ({ token }) => ({ status: 204, body: null, token }),
        docs: {
          summary: "Removes a user",
          ...written,
          ...{ status: 204, body: null, problems: [404, ...written.problems] },
        },
      }),
    )
    .get(
      "/",
      fresh,
      queryRoute(queries, ListUsers, {
        query: { page: integer, page_size: integer, consistency: text },
        context,
        reply: (body) => ({ status: 200, body }),
        docs: { summary: "Lists users, oldest first", status: 200, takes: fresher },
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
        docs: { summary: "Shows a user", status: 200, takes: fresher, problems: [404] },
      }),
    )
    .get(
      "/:id/history",
      queryRoute(queries, GetUserHistory, {
        params,
        context,
        reply: (body) => ({ status: 200, body }),
        docs: {
          summary: "Tells all that has happened to a user: who, when, why",
          status: 200,
          problems: [404],
        },
      }),
    );
}
