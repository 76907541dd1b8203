import type { DispatchOptions, StandardSchema } from "@counterpoint/bus";
import { CommandBus, QueryBus, command, query, type } from "@counterpoint/bus";
import { validate } from "@counterpoint/bus/validate";
import fc from "fast-check";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { limitBody } from "./json-body.ts";
import { problems } from "./problems.ts";
import { commandRoute, integer, queryRoute, text } from "./route.ts";

interface Named {
  readonly name: string;
}

/** Wants a name; says so when there is none. */
const named: StandardSchema<Named> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof (value as Named).name === "string"
        ? { value: value as Named }
        : { issues: [{ message: "Name is required", path: ["name"] }] },
  },
};

const Register = command("Register", { payload: named, result: type<{ id: string }>() });
const Rename = command("Rename", {
  payload: type<{ userId: string; name: string }>(),
  result: type<{ userId: string; name: string }>(),
});
const Remove = command("Remove", { payload: type<{ userId: string }>() });
const Search = query("Search", {
  payload: type<{ userId?: string; page?: number; word?: string }>(),
  result: type<unknown>(),
});

function appOf(build: (app: Hono) => void, report = vi.fn<(error: unknown) => void>()) {
  const app = new Hono();
  app.onError(problems({ report }));
  app.use(limitBody(10_000));
  build(app);
  return { app, report };
}

function json(body: unknown, method = "POST"): RequestInit {
  return {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

describe("commandRoute", () => {
  const commands = new CommandBus({ middleware: [validate()] }).register(
    Register,
    async ({ name }) => ({ id: name.toLowerCase() }),
  );
  const { app } = appOf((app) =>
    app.post(
      "/users",
      commandRoute(commands, Register, {
        reply: ({ id }) => ({
          status: 201,
          body: { id },
          headers: { Location: `/users/${id}` },
          token: "MTox",
        }),
      }),
    ),
  );

  it("dispatches the body as a command and answers with what came of it", async () => {
    const response = await app.request("/users", json({ name: "Ada" }));
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/users/ada");
    expect(response.headers.get("consistency-token")).toBe("MTox");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ id: "ada" });
  });

  it("leaves it to the bus what a payload must be", async () => {
    const response = await app.request("/users", json({}));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "INVALID_PAYLOAD",
      error: "Name is required",
      issues: [{ message: "Name is required", path: ["name"] }],
    });
  });

  it("lets the path win over the body", async () => {
    const renames = new CommandBus().register(Rename, (payload) => payload);
    const { app } = appOf((app) =>
      app.patch(
        "/users/:id",
        commandRoute(renames, Rename, {
          params: { userId: "id" },
          reply: (body) => ({ status: 200, body }),
        }),
      ),
    );
    const body = { userId: "somebody-else", name: "Ada" };
    const response = await app.request("/users/7", json(body, "PATCH"));
    expect(await response.json()).toEqual({ userId: "7", name: "Ada" });
  });

  it("answers without a body, and reads none, where the command needs none", async () => {
    const remove = vi.fn<(payload: { userId: string }) => void>();
    const removals = new CommandBus().register(Remove, remove);
    const { app } = appOf((app) =>
      app.delete(
        "/users/:id",
        commandRoute(removals, Remove, {
          params: { userId: "id" },
          body: false,
          reply: () => ({ status: 204, body: null }),
        }),
      ),
    );
    const response = await app.request("/users/7", { method: "DELETE", body: "not json" });
    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
    expect(response.headers.get("content-type")).toBeNull();
    expect(remove).toHaveBeenCalledExactlyOnceWith({ userId: "7" }, expect.anything());
  });

  it("hands on who asks and why", async () => {
    let seen: DispatchOptions["metadata"];
    const removals = new CommandBus().register(Remove, (_payload, { metadata }) => {
      seen = metadata;
    });
    const { app } = appOf((app) =>
      app.delete(
        "/users/:id",
        commandRoute(removals, Remove, {
          params: { userId: "id" },
          body: false,
          context: ({ req }) => ({ metadata: { actor: req.header("x-actor") ?? "nobody" } }),
          reply: () => ({ status: 204, body: null }),
        }),
      ),
    );
    await app.request("/users/7", { method: "DELETE", headers: { "x-actor": "ada" } });
    expect(seen).toEqual({ actor: "ada" });
  });

  it.each([
    ["an error", new Error("hunter2")],
    ["a text", "hunter2"],
    ["nothing", undefined],
    ["null", null],
  ])("answers with a problem when a handler throws %s", async (_name, thrown) => {
    const failing = new CommandBus().register(Remove, () => Promise.reject(thrown));
    const { app, report } = appOf((app) =>
      app.delete(
        "/:id",
        commandRoute(failing, Remove, {
          params: { userId: "id" },
          body: false,
          reply: () => ({ status: 204, body: null }),
        }),
      ),
    );
    const response = await app.request("/7", { method: "DELETE" });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("hunter2");
    expect(report).toHaveBeenCalledOnce();
    const reported = report.mock.calls[0]![0] as Error;
    expect(thrown instanceof Error ? reported : reported.cause).toBe(thrown);
  });
});

describe("queryRoute", () => {
  const queries = new QueryBus().register(Search, (payload) => payload);
  const { app } = appOf((app) =>
    app.get(
      "/users/:id",
      queryRoute(queries, Search, {
        params: { userId: "id" },
        query: { page: integer, word: text },
        reply: (body) => ({ status: 200, body }),
      }),
    ),
  );
  const ask = async (path: string) => (await app.request(path)).json() as Promise<unknown>;

  it("reads the payload from the path and the query string", async () => {
    expect(await ask("/users/7?page=2&word=a%20b")).toEqual({ userId: "7", page: 2, word: "a b" });
  });

  it("leaves out what is not given, and what nobody asked for", async () => {
    expect(await ask("/users/7?other=1&__proto__=2&constructor=3")).toEqual({ userId: "7" });
  });

  it("hands on a parameter that is given twice as a list, for the schema to refuse", async () => {
    expect(await ask("/users/7?page=1&page=2")).toEqual({ userId: "7", page: ["1", "2"] });
  });

  it.each([
    ["/users/%ff", { userId: "%ff" }],
    ["/users/%00", { userId: "\u0000" }],
    ["/users/..%2f..", { userId: "../.." }],
    ["/users/7?word=%ff", { userId: "7", word: "%ff" }],
    ["/users/7?word=%", { userId: "7", word: "%" }],
    ["/users/7?word=+%2B", { userId: "7", word: " +" }],
    ["/users/7?word", { userId: "7", word: "" }],
    ["/users/7?page=", { userId: "7", page: "" }],
  ])("reads %s without falling over", async (path, payload) => {
    expect(await ask(path)).toEqual(payload);
  });

  it("reads every text that a URL can carry", async () => {
    const word = fc.string({ unit: "grapheme" });
    await fc.assert(
      fc.asyncProperty(word, fc.string({ minLength: 1 }), async (word, userId) => {
        fc.pre(!/^\.{1,2}$/.test(userId)); // a URL takes these for folders
        const path = `/users/${encodeURIComponent(userId)}?${new URLSearchParams({ word })}`;
        expect(await ask(path)).toEqual({ userId, word });
      }),
    );
  });
});

describe("integer", () => {
  it("reads every whole number that a number holds exactly", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(integer(String(value))).toBe(value);
      }),
    );
  });

  it.each([
    ...["", " ", " 1", "1 ", "+1", "-0", "01", "0x10", "0b1", "1.0", "1.5", "1e3", "1e308"],
    ...["9007199254740993", "99999999999999999999", "Infinity", "NaN", "١", "1_000", "null"],
  ])("leaves %j for the schema to refuse", (given) => {
    expect(integer(given)).toBe(given);
  });

  it("never makes a number out of a text that it would not write the same", () => {
    const numeric = fc.stringMatching(/^[-+ 0-9.exXb_]{0,20}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), numeric), (given) => {
        const value = integer(given);
        expect(String(value)).toBe(given);
        if (typeof value === "number") expect(Number.isSafeInteger(value)).toBe(true);
      }),
    );
  });
});
