import { Hono } from "hono";
import { limitBody, readJson, refuseMethod, validated } from "./http.ts";
import { listOptions, newUser, userChange } from "./user-input.ts";
import type { UserService } from "./user-service.ts";
import type { UserRow } from "./user-table.ts";

/** The HTTP face of the users. */
export function userRoutes(users: UserService) {
  return new Hono()
    .post("/", limitBody, async (c) => {
      const { name, email } = validated(newUser, await readJson(c));
      const user = await users.create(name, email);
      return c.json(written(user), 201, { Location: `/users/${user.id}` });
    })
    .get("/", async (c) => {
      const { page, page_size } = validated(listOptions, {
        page: one(c.req.queries("page")),
        page_size: one(c.req.queries("page_size")),
      });
      return c.json(await users.list(page, page_size));
    })
    .all("/", refuseMethod("GET, HEAD, OPTIONS, POST"))
    .get("/:id", async (c) => c.json(await users.get(c.req.param("id"))))
    .patch("/:id", limitBody, async (c) => {
      const { name } = validated(userChange, await readJson(c));
      return c.json(written(await users.rename(c.req.param("id"), name)));
    })
    .delete("/:id", async (c) => {
      await users.remove(c.req.param("id"));
      return c.body(null, 204);
    })
    .all("/:id", refuseMethod("DELETE, GET, HEAD, OPTIONS, PATCH"));
}

function written({ id, name, email }: UserRow) {
  return { id, name, email };
}

/** A parameter that is given twice stays a list, for the schema to refuse. */
function one(values: readonly string[] | undefined): unknown {
  return values?.length === 1 ? values[0] : values;
}
