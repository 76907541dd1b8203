import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client, OpenUsersServer } from "./server.ts";
import { NOBODY, connect } from "./server.ts";

export function describeChanges(open: OpenUsersServer): void {
  let client: Client;
  beforeAll(async () => {
    client = await connect(open);
  });
  afterAll(() => client.stop());

  describe("PATCH /users/{id}", () => {
    it("answers 200 with the user", async () => {
      const user = await client.create();
      const response = await client.send("PATCH", `/users/${user.id}`, { name: " Grace " });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ...user, name: "Grace" });
      expect(await client.read(`/users/${user.id}`)).toMatchObject({ body: { name: "Grace" } });
    });

    it("answers the same name again with 200", async () => {
      const user = await client.create();
      const response = await client.send("PATCH", `/users/${user.id}`, { name: user.name });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(user);
    });

    it("changes the user of the path, whatever the body says", async () => {
      const user = await client.create("Ada");
      const other = await client.create("Bob");
      const body = { name: "Eve", userId: other.id };
      await client.send("PATCH", `/users/${user.id}`, body);
      expect(await client.read(`/users/${other.id}`)).toMatchObject({ body: { name: "Bob" } });
    });

    it.each([NOBODY, "1", "__proto__", "%00", "%ff", "a%2fb", "%F0%9F%92%A9"])(
      "answers 404 for %s",
      async (id) => {
        const response = await client.send("PATCH", `/users/${id}`, { name: "Grace" });
        expect(response.status).toBe(404);
        expect(response.headers.get("content-type")).toContain("application/problem+json");
        expect(await response.json()).toMatchObject({ code: "USER_NOT_FOUND" });
      },
    );

    it.each([{}, { name: "" }, { name: 7 }, { name: "Grace", email: "new@example.org" }])(
      "refuses %j with 400, and changes nothing",
      async (body) => {
        const user = await client.create();
        expect((await client.send("PATCH", `/users/${user.id}`, body)).status).toBe(400);
        expect(await client.read(`/users/${user.id}`)).toMatchObject({ body: user });
      },
    );

    it("answers renames that meet with 200 or 409, and keeps one that it has acknowledged", async () => {
      const { id } = await client.create();
      const names = Array.from({ length: 40 }, (_, n) => `Ada ${n}`);
      const answers = await Promise.all(
        names.map((name) => client.send("PATCH", `/users/${id}`, { name })),
      );
      const statuses = answers.map(({ status }) => status);
      for (const status of statuses) expect([200, 409]).toContain(status);
      const acknowledged = names.filter((_, index) => statuses[index] === 200);
      const { body } = await client.read(`/users/${id}`);
      expect(acknowledged).toContain((body as { name: string }).name);
    });
  });

  describe("DELETE /users/{id}", () => {
    it("answers 204 with nothing, and the user is gone for readers and writers", async () => {
      const path = `/users/${(await client.create()).id}`;
      const response = await client.request(path, { method: "DELETE" });
      expect(response.status).toBe(204);
      expect(await response.text()).toBe("");
      expect((await client.read(path)).status).toBe(404);
      expect((await client.send("PATCH", path, { name: "Grace" })).status).toBe(404);
      expect((await client.request(path, { method: "DELETE" })).status).toBe(404);
    });

    it("removes a user once, however many ask for it at once", async () => {
      const path = `/users/${(await client.create()).id}`;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => client.request(path, { method: "DELETE" })),
      );
      const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
      expect(statuses).toEqual([204, ...Array<number>(9).fill(404)]);
    });
  });

  describe("a method that a path does not take", () => {
    it.each([
      ["PUT", "/users", "GET, HEAD, OPTIONS, POST"],
      ["POST", `/users/${NOBODY}`, "DELETE, GET, HEAD, OPTIONS, PATCH"],
    ])("is answered with 405: %s %s", async (method, path, allow) => {
      const response = await client.request(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe(allow);
      expect(await response.json()).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
    });
  });
}
