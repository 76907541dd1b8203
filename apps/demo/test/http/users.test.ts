import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDemo, User } from "./demo.ts";
import { openDemo } from "./demo.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOBODY = "00000000-0000-4000-8000-000000000000";

const ODD_NAME = "Name must not contain control characters";

let demo: TestDemo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.stop());

const sync = async (path: string) => {
  const response = await demo.request(`${path}?consistency=sync`);
  return { status: response.status, body: (await response.json()) as unknown };
};

describe("POST /users", () => {
  it("answers 201 with the user, where it is, and a token", async () => {
    const response = await demo.send("POST", "/users", { name: " Ada ", email: "ada@example.org" });
    expect(response.status).toBe(201);
    const user = (await response.json()) as User;
    expect(user).toEqual({
      id: expect.stringMatching(UUID),
      name: "Ada",
      email: "ada@example.org",
    });
    expect(response.headers.get("location")).toBe(`/users/${user.id}`);
    expect(response.headers.get("consistency-token")).toMatch(/^[A-Za-z0-9+/]+$/);
    expect(await sync(`/users/${user.id}`)).toMatchObject({ status: 200, body: user });
  });

  it.each<[name: string, body: unknown, error: string, path: readonly string[]]>([
    ["no email", { name: "Ada" }, "Email is required", ["email"]],
    ["an empty email", { name: "Ada", email: "" }, "Email is required", ["email"]],
    ["an email of blanks", { name: "Ada", email: "  " }, "Email is required", ["email"]],
    ["an email that is null", { name: "Ada", email: null }, "Email is required", ["email"]],
    ["a number for an email", { name: "Ada", email: 7 }, "Email must be text", ["email"]],
    ["no address", { name: "Ada", email: "ada" }, "Email must be an email address", ["email"]],
    [
      "an address that goes on and on",
      { name: "Ada", email: `${"a".repeat(250)}@example.org` },
      "Email must have at most 254 characters",
      ["email"],
    ],
    ["no name", { email: "ada@example.org" }, "Name is required", ["name"]],
    ["an invisible name", { name: "\u200b\u2060", email: "a@b.co" }, "Name is required", ["name"]],
    ["a list for a name", { name: ["Ada"], email: "a@b.co" }, "Name must be text", ["name"]],
    [
      "a name that goes on and on",
      { name: "a".repeat(201), email: "a@b.co" },
      "Name must have at most 200 characters",
      ["name"],
    ],
    ["a name with a zero byte", { name: "a\u0000b", email: "a@b.co" }, ODD_NAME, ["name"]],
    ["a name of two lines", { name: "a\nb", email: "a@b.co" }, ODD_NAME, ["name"]],
    ["a name of two paragraphs", { name: "a\u2028b", email: "a@b.co" }, ODD_NAME, ["name"]],
    ["half a surrogate pair", { name: "a\ud800b", email: "a@b.co" }, ODD_NAME, ["name"]],
    ["the other half", { name: "\udc00", email: "a@b.co" }, ODD_NAME, ["name"]],
    ["a name that turns around", { name: "a\u202eb", email: "a@b.co" }, ODD_NAME, ["name"]],
    ["a name for a terminal", { name: "\u001b[31m", email: "a@b.co" }, ODD_NAME, ["name"]],
    [
      "a field nobody knows",
      { name: "Ada", email: "a@b.co", role: "admin" },
      "Unknown field: role",
      [],
    ],
    ["nothing", {}, "Name is required; Email is required", ["name"]],
  ])("refuses %s with 400 and says which field and why", async (_name, body, error, path) => {
    const response = await demo.send("POST", "/users", body);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    const problem = (await response.json()) as { issues: readonly unknown[] };
    expect(problem).toMatchObject({ code: "INVALID_PAYLOAD", error, instance: "/users" });
    expect(problem.issues[0]).toMatchObject({ path });
  });

  it.each(["Ada 👩‍🚀", "محمد", "O’Neil-Łukasz", "李", "a".repeat(200)])(
    "takes the name %s",
    async (name) => {
      const { user } = await demo.create(name);
      expect(await sync(`/users/${user.id}`)).toMatchObject({ status: 200, body: { name } });
    },
  );

  it.each([
    ["broken JSON", "{", "application/json", 400],
    ["a list", "[]", "application/json", 400],
    ["a prototype", '{"__proto__":{"name":"x"}}', "application/json", 400],
    ["a form", "name=Ada&email=a%40b.co", "application/x-www-form-urlencoded", 415],
    ["64 KiB and more", JSON.stringify({ name: "x".repeat(65_536) }), "application/json", 413],
  ])("refuses %s", async (_name, body, type, status) => {
    const init = { method: "POST", headers: { "content-type": type }, body };
    const response = await demo.request("/users", init);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
  });

  it("answers a flood of unknown fields with little", async () => {
    const body = Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`field${n}`, 1]));
    const response = await demo.send("POST", "/users", body);
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(4_096);
  });
});

describe("PATCH /users/{id}", () => {
  it("answers 200 with the user and a token", async () => {
    const { user } = await demo.create();
    const response = await demo.send("PATCH", `/users/${user.id}`, { name: "Grace" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...user, name: "Grace" });
    expect(response.headers.get("consistency-token")).toBeTruthy();
    expect(await sync(`/users/${user.id}`)).toMatchObject({ body: { name: "Grace" } });
  });

  it("answers the same name again with 200, and writes nothing", async () => {
    const { user, token } = await demo.create();
    const response = await demo.send("PATCH", `/users/${user.id}`, { name: user.name });
    expect(response.status).toBe(200);
    expect(response.headers.get("consistency-token")).toBe(token);
  });

  it("changes the user of the path, whatever the body says", async () => {
    const { user } = await demo.create("Ada");
    const { user: other } = await demo.create("Bob");
    const body = { name: "Eve", userId: other.id };
    await demo.send("PATCH", `/users/${user.id}`, body);
    expect(await sync(`/users/${other.id}`)).toMatchObject({ body: { name: "Bob" } });
  });

  it.each([NOBODY, "1", "__proto__", "%00", "%ff", "a%2fb", "%F0%9F%92%A9", NOBODY.toUpperCase()])(
    "answers 404 for %s",
    async (id) => {
      const response = await demo.send("PATCH", `/users/${id}`, { name: "Grace" });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "USER_NOT_FOUND" });
    },
  );

  it.each([{}, { name: "" }, { name: 7 }, { name: "Grace", email: "new@example.org" }])(
    "refuses %j with 400",
    async (body) => {
      const { user } = await demo.create();
      expect((await demo.send("PATCH", `/users/${user.id}`, body)).status).toBe(400);
    },
  );

  it("keeps every rename that it has acknowledged, and answers the others with 409", async () => {
    const { user } = await demo.create();
    const names = Array.from({ length: 40 }, (_, n) => `Ada ${n}`);
    const answers = await Promise.all(
      names.map((name) => demo.send("PATCH", `/users/${user.id}`, { name })),
    );
    const statuses = answers.map(({ status }) => status);
    for (const status of statuses) expect([200, 409]).toContain(status);
    const acknowledged = names.filter((_, index) => statuses[index] === 200);
    expect(acknowledged.length).toBeGreaterThan(0);
    const { body } = await sync(`/users/${user.id}/history`);
    const { events } = body as { events: { type: string; changes: { name: string } }[] };
    const logged = events.filter(({ type }) => type === "UserRenamed");
    expect(logged.map(({ changes }) => changes.name).sort()).toEqual(acknowledged.sort());
    const last = logged.at(-1)!.changes.name;
    expect(await sync(`/users/${user.id}`)).toMatchObject({ body: { name: last } });
  });
});

describe("DELETE /users/{id}", () => {
  it("answers 204 with nothing but a token, and the user is gone for readers and writers", async () => {
    const { user } = await demo.create();
    const path = `/users/${user.id}`;
    const response = await demo.request(path, { method: "DELETE" });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(response.headers.get("consistency-token")).toBeTruthy();
    expect((await sync(path)).status).toBe(404);
    expect((await demo.send("PATCH", path, { name: "Grace" })).status).toBe(404);
    expect((await demo.request(path, { method: "DELETE" })).status).toBe(404);
  });

  it("removes a user once, however many ask for it at once", async () => {
    const { user } = await demo.create();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => demo.request(`/users/${user.id}`, { method: "DELETE" })),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([204, ...Array<number>(9).fill(404)]);
  });
});

describe("GET /users/{id}", () => {
  it("answers 200 with the user and when it was created", async () => {
    const { user, token } = await demo.create();
    const headers = { "Consistency-Token": token };
    const response = await demo.request(`/users/${user.id}`, { headers });
    expect(response.status).toBe(200);
    const { created_at, ...rest } = (await response.json()) as User;
    expect(rest).toEqual(user);
    expect(new Date(created_at!).toISOString()).toBe(created_at);
  });

  it.each([NOBODY, "1", "toString", "%00", "%ff", "%", "..%2f..", "'%20OR%201=1--"])(
    "answers 404 for %s",
    async (id) => {
      for (const consistency of ["sync", "eventual"]) {
        const response = await demo.request(`/users/${id}?consistency=${consistency}`);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: "USER_NOT_FOUND" });
      }
    },
  );

  it.each(["Sync", "", "both", "sync&consistency=sync", "eventual&consistency=sync", "%00"])(
    "refuses ?consistency=%s with 400",
    async (consistency) => {
      const { user } = await demo.create();
      const response = await demo.request(`/users/${user.id}?consistency=${consistency}`);
      expect(response.status).toBe(400);
    },
  );

  it("answers a HEAD with the headers of the GET", async () => {
    const { user, token } = await demo.create();
    const headers = { "Consistency-Token": token };
    const response = await demo.request(`/users/${user.id}`, { method: "HEAD", headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe("");
  });
});

describe("GET /users/{id}/history", () => {
  it("tells every event with who, when, why, also after the removal", async () => {
    const headers = { "X-Correlation-Id": "ticket-4711" };
    const { user } = await demo.create();
    const path = `/users/${user.id}`;
    await demo.send("PATCH", path, { name: "Grace" }, headers);
    await demo.request(path, { method: "DELETE" });
    const response = await demo.request(`${path}/history`);
    expect(response.status).toBe(200);
    const { user_id, events } = (await response.json()) as {
      user_id: string;
      events: readonly Record<string, unknown>[];
    };
    expect(user_id).toBe(user.id);
    expect(
      events.map(({ type, version, command, actor }) => [type, version, command, actor]),
    ).toEqual([
      ["UserRegistered", 1, "CreateUser", "anonymous"],
      ["UserRenamed", 2, "RenameUser", "anonymous"],
      ["UserRemoved", 3, "RemoveUser", "anonymous"],
    ]);
    expect(events[1]).toMatchObject({
      correlation_id: "ticket-4711",
      causation_id: expect.stringMatching(UUID),
      event_id: expect.stringMatching(UUID),
      recorded_at: expect.stringMatching(/Z$/),
      changes: { userId: user.id, name: "Grace" },
    });
  });

  it.each([NOBODY, "nobody", "%ff"])("answers 404 for %s", async (id) => {
    expect((await demo.request(`/users/${id}/history`)).status).toBe(404);
  });
});

describe("X-Correlation-Id", () => {
  it("is told back: the client's own, or one made for its write", async () => {
    const id = async (headers: Record<string, string>) => {
      const response = await demo.send("POST", "/users", {}, headers);
      return response.headers.get("x-correlation-id");
    };
    expect(await id({ "X-Correlation-Id": "mine" })).toBe("mine");
    expect(await id({})).toMatch(UUID);
    expect(await id({ "X-Correlation-Id": "a b" })).toMatch(UUID);
    expect(await id({ "X-Correlation-Id": "x".repeat(129) })).toMatch(UUID);
  });
});
