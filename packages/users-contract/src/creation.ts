import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client, OpenUsersServer, User } from "./server.ts";
import { UUID, connect } from "./server.ts";

const NOT_UTF_8 = Uint8Array.from('{"name":"Ad\xff","email":"a@b.co"}', (byte) =>
  byte.charCodeAt(0),
);
const ODD_NAME = "Name must not contain control characters";

export function describeCreation(open: OpenUsersServer): void {
  describe("POST /users", () => {
    let client: Client;
    beforeAll(async () => {
      client = await connect(open);
    });
    afterAll(() => client.stop());

    it("answers 201 with the user and where it is", async () => {
      const body = { name: " Ada ", email: "ada@example.org" };
      const response = await client.send("POST", "/users", body);
      expect(response.status).toBe(201);
      const user = (await response.json()) as User;
      expect(user).toEqual({
        id: expect.stringMatching(UUID),
        name: "Ada",
        email: "ada@example.org",
      });
      expect(response.headers.get("location")).toBe(`/users/${user.id}`);
      expect(await client.read(`/users/${user.id}`)).toMatchObject({ status: 200, body: user });
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
      [
        "an invisible name",
        { name: "\u200b\u2060", email: "a@b.co" },
        "Name is required",
        ["name"],
      ],
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
      const response = await client.send("POST", "/users", body);
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
      const problem = (await response.json()) as { issues: readonly unknown[] };
      expect(problem).toMatchObject({ code: "INVALID_PAYLOAD", error, instance: "/users" });
      expect(problem.issues[0]).toMatchObject({ path });
    });

    it.each(["Ada 👩‍🚀", "محمد", "O’Neil-Łukasz", "李", "a".repeat(200)])(
      "takes the name %s",
      async (name) => {
        const { id } = await client.create(name);
        expect(await client.read(`/users/${id}`)).toMatchObject({ status: 200, body: { name } });
      },
    );

    it.each<[name: string, body: string | Uint8Array<ArrayBuffer>, type: string, status: number]>([
      ["broken JSON", "{", "application/json", 400],
      ["no body", "", "application/json", 400],
      ["a list", "[]", "application/json", 400],
      [
        "a prototype beside what is right",
        '{"name":"Ada","email":"a@b.co","__proto__":{"x":1}}',
        "application/json",
        400,
      ],
      ["a prototype", '{"__proto__":{"name":"x"}}', "application/json", 400],
      [
        "deep nesting",
        `{"name":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
        "application/json",
        400,
      ],
      ["what is not UTF-8", NOT_UTF_8, "application/json", 400],
      ["a form", "name=Ada&email=a%40b.co", "application/x-www-form-urlencoded", 415],
      ["another charset", "{}", "application/json; charset=latin1", 415],
      ["64 KiB and more", JSON.stringify({ name: "x".repeat(65_536) }), "application/json", 413],
    ])("refuses %s", async (_name, body, type, status) => {
      const init = { method: "POST", headers: { "content-type": type }, body };
      const response = await client.request("/users", init);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
      expect(await response.json()).toMatchObject({ status, error: expect.stringMatching(/./) });
    });

    it("answers a flood of unknown fields with little", async () => {
      const body = Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`field${n}`, 1]));
      const response = await client.send("POST", "/users", body);
      expect(response.status).toBe(400);
      expect((await response.text()).length).toBeLessThan(4_096);
    });
  });
}
