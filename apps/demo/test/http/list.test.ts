import { manualTime } from "@counterpoint/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDemo, User } from "./demo.ts";
import { openDemo } from "./demo.ts";

interface List {
  readonly users: readonly User[];
  readonly page: number;
  readonly page_size: number;
  readonly total: number;
}

const COUNT = 47;
const time = manualTime();
let demo: TestDemo;
let ids: readonly string[];

beforeAll(async () => {
  demo = await openDemo({ clock: time }); // time stands still: nobody was created before anybody else
  const made = await Promise.all(Array.from({ length: COUNT }, (_, n) => demo.create(`User ${n}`)));
  ids = made.map(({ user }) => user.id);
});
afterAll(() => demo.stop());

async function list(query: string): Promise<List> {
  const response = await demo.request(`/users?consistency=sync${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as List;
}

describe("GET /users", () => {
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
    time.advance(1_000).catch(() => {});
    await time.settle();
    const { user } = await demo.create("Newest");
    const [first, second] = await Promise.all([list("&page_size=100"), list("&page_size=100")]);
    expect(first).toEqual(second);
    expect(first.users.at(-1)?.id).toBe(user.id);
    await demo.request(`/users/${user.id}`, { method: "DELETE" });
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
    ...["%ff", "%00", "%", "1&{}=2"],
  ];
  it.each(absurd)("refuses page and page_size %s with 400", async (value) => {
    const given = value.startsWith("%") ? value : value.split("&")[0]!;
    for (const name of ["page", "page_size"]) {
      const text = given.startsWith("%") ? given : encodeURIComponent(given);
      const twice = value.includes("&") ? `&${name}=2` : "";
      const response = await demo.request(`/users?${name}=${text}${twice}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: expect.stringContaining(`${name} must be a whole number`),
      });
    }
  });

  it("refuses a page_size of more than 100 with 400", async () => {
    expect((await demo.request("/users?page_size=101")).status).toBe(400);
    expect((await demo.request("/users?page=1000000001")).status).toBe(400);
  });

  it("ignores parameters that nobody knows", async () => {
    const answer = await list("&page[]=9&constructor=1&__proto__=2&consistency[x]=y");
    expect(answer.page).toBe(1);
  });
});
