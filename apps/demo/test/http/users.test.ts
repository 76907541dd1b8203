import { usersContract } from "@counterpoint/users-contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOBODY = "00000000-0000-4000-8000-000000000000";

usersContract(async ({ clock }) => {
  const { port, stop } = await openDemo({ clock });
  return { url: `http://127.0.0.1:${port}`, stop };
});

// What follows is the demo's alone: tokens, two read models, the log. Its plain twin has none of them.

let demo: TestDemo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.stop());

const sync = async (path: string) => {
  const response = await demo.request(`${path}?consistency=sync`);
  return { status: response.status, body: (await response.json()) as unknown };
};

describe("a write", () => {
  it("answers with a token", async () => {
    const { user, token } = await demo.create();
    expect(token).toMatch(/^[A-Za-z0-9+/]+$/);
    const path = `/users/${user.id}`;
    const renamed = await demo.send("PATCH", path, { name: "Grace" });
    expect(renamed.headers.get("consistency-token")).toMatch(/^[A-Za-z0-9+/]+$/);
    const removed = await demo.request(path, { method: "DELETE" });
    expect(removed.headers.get("consistency-token")).toMatch(/^[A-Za-z0-9+/]+$/);
  });

  it("that changes nothing writes nothing: its token is the one before", async () => {
    const { user, token } = await demo.create();
    const response = await demo.send("PATCH", `/users/${user.id}`, { name: user.name });
    expect(response.headers.get("consistency-token")).toBe(token);
  });

  it("is in the log when it was acknowledged, and only then", async () => {
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

describe("a read", () => {
  it("with the token of a write sees it in the eventual model", async () => {
    const { user, token } = await demo.create();
    const headers = { "Consistency-Token": token };
    const response = await demo.request(`/users/${user.id}`, { headers });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(user);
  });

  it.each(["Sync", "", "both", "sync&consistency=sync", "eventual&consistency=sync", "%00"])(
    "is refused with 400 for ?consistency=%s",
    async (consistency) => {
      const { user } = await demo.create();
      const response = await demo.request(`/users/${user.id}?consistency=${consistency}`);
      expect(response.status).toBe(400);
    },
  );
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
