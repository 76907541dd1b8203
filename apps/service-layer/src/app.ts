import { Hono } from "hono";
import { notFound, onError } from "./http.ts";
import { userRoutes } from "./user-routes.ts";
import type { UserServiceOptions } from "./user-service.ts";
import { UserService } from "./user-service.ts";
import { createMemoryTable } from "./user-table.ts";

/** Puts the service together: routes over a service over a table. */
export function createApp(
  options: Omit<UserServiceOptions, "table"> & Partial<UserServiceOptions>,
) {
  const users = new UserService({ table: createMemoryTable(), ...options });
  const app = new Hono();
  app.onError(onError);
  app.notFound(notFound);
  return app.route("/users", userRoutes(users));
}
