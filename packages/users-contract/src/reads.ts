import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client, OpenUsersServer } from "./server.ts";
import { NOBODY, connect } from "./server.ts";

export function describeReads(open: OpenUsersServer): void {
  describe("GET /users/{id}", () => {
    const clock = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5) };
    let client: Client;
    beforeAll(async () => {
      client = await connect(open, clock);
    });
    afterAll(() => client.stop());

    it("answers 200 with the user and when it was created", async () => {
      const user = await client.create();
      expect(await client.read(`/users/${user.id}`)).toEqual({
        status: 200,
        body: { ...user, created_at: "2026-01-02T03:04:05.000Z" },
      });
    });

    it.each([NOBODY, "1", "toString", "%00", "%ff", "%", "..%2f..", "'%20OR%201=1--"])(
      "answers 404 for %s",
      async (id) => {
        for (const consistency of ["sync", "eventual"]) {
          const response = await client.request(`/users/${id}?consistency=${consistency}`);
          expect(response.status).toBe(404);
          expect(response.headers.get("content-type")).toContain("application/problem+json");
          expect(await response.json()).toMatchObject({ code: "USER_NOT_FOUND" });
        }
      },
    );

    it("answers the id in capitals with 404", async () => {
      const { id } = await client.create();
      expect((await client.read(`/users/${id.toUpperCase()}`)).status).toBe(404);
    });

    it("answers a HEAD with the headers of the GET", async () => {
      const { id } = await client.create();
      const path = `/users/${id}?consistency=sync`;
      const response = await client.request(path, { method: "HEAD" });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.text()).toBe("");
    });
  });
}
