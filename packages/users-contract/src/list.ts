import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client, OpenUsersServer, User } from "./server.ts";
import { connect } from "./server.ts";

interface List {
  readonly users: readonly User[];
  readonly page: number;
  readonly page_size: number;
  readonly total: number;
}

const COUNT = 47;

export function describeList(open: OpenUsersServer): void {
  describe("GET /users", () => {
    const clock = { nowMs: 1_000 }; // nobody was created before anybody else
    let client: Client;
    let ids: readonly string[];

    beforeAll(async () => {
      client = await connect(open, clock);
      const names = Array.from({ length: COUNT }, (_, n) => `User ${n}`);
      ids = (await Promise.all(names.map((name) => client.create(name)))).map(({ id }) => id);
    });
    afterAll(() => client.stop());

    async function list(query: string): Promise<List> {
      const response = await client.request(`/users?consistency=sync${query}`);
      expect(response.status).toBe(200);
      return (await response.json()) as List;
    }

    it("answers the first 20 when nothing else is asked for", async () => {
      const { users, ...rest } = await list("");
      expect(rest).toEqual({ page: 1, page_size: 20, total: COUNT });
      expect(users).toHaveLength(20);
      expect(Object.keys(users[0]!).sort()).toEqual(["created_at", "email", "id", "name"]);
    });

    it("shows everybody exactly once, whatever the size of the pages", async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 100 }), async (pageSize) => {
          const seen: string[] = [];
          const pages = Math.ceil(COUNT / pageSize);
          for (let page = 1; page <= pages; page++) {
            const { users, ...rest } = await list(`&page=${page}&page_size=${pageSize}`);
            expect(rest).toEqual({ page, page_size: pageSize, total: COUNT });
            seen.push(...users.map(({ id }) => id));
          }
          expect(seen.toSorted()).toEqual(ids.toSorted());
        }),
        { numRuns: 15 },
      );
    });

    it("shows the older before the newer, in the same order every time", async () => {
      clock.nowMs += 1_000;
      const { id } = await client.create("Newest");
      const [first, second] = await Promise.all([list("&page_size=100"), list("&page_size=100")]);
      expect(first).toEqual(second);
      expect(first.users.at(-1)?.id).toBe(id);
      await client.request(`/users/${id}`, { method: "DELETE" });
    });

    it("answers a page behind the last with nobody", async () => {
      expect(await list("&page=1000000000&page_size=100")).toEqual({
        users: [],
        page: 1_000_000_000,
        page_size: 100,
        total: COUNT,
      });
    });

    const absurd = [
      ...["0", "-1", "-0", "+1", " 1", "1 ", "01", "1.0", "1.5", "1e3", "1e308", "1e15"],
      ...["0x10", "NaN", "Infinity", "null", "", "١", "1,2", "1000000000000000", "9".repeat(400)],
    ].map(encodeURIComponent);
    it.each([...absurd, "%ff", "%00", "%"])(
      "refuses page and page_size %s with 400",
      async (text) => {
        for (const name of ["page", "page_size"]) {
          await expectRefusal(`${name}=${text}`, name);
        }
      },
    );

    it("refuses a page or page_size that is given twice", async () => {
      for (const name of ["page", "page_size"]) await expectRefusal(`${name}=1&${name}=2`, name);
    });

    it("refuses a page_size of more than 100 with 400", async () => {
      await expectRefusal("page_size=101", "page_size");
      await expectRefusal("page=1000000001", "page");
    });

    async function expectRefusal(query: string, name: string): Promise<void> {
      const response = await client.request(`/users?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: "INVALID_PAYLOAD",
        error: expect.stringContaining(`${name} must be a whole number`),
      });
    }

    it("ignores parameters that nobody knows", async () => {
      const answer = await list("&page[]=9&constructor=1&__proto__=2&consistency[x]=y");
      expect(answer.page).toBe(1);
    });
  });
}
