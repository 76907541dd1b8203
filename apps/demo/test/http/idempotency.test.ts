import { join } from "node:path";
import { createMemoryIdempotencyStore, createMemoryStore } from "@counterpoint/memory";
import { manualTime } from "@counterpoint/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { mintToken } from "../../server/access/token.ts";
import { createApi } from "../../server/api.ts";
import { usersSync, wireDemo } from "../../server/wiring.ts";
import { makeFolder } from "../stores/folders.ts";
import type { TestDemo, User } from "./demo.ts";
import { openDemo } from "./demo.ts";

const ADA = { name: "Ada", email: "ada@example.org" };
const SECRET = "a secret of thirty-two bytes or more";

let demo: TestDemo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.stop());

let keys = 0;
const newKey = () => `attempt-${++keys}`;
const create = (
  key: string,
  body: unknown = ADA,
  on = demo,
  headers: Record<string, string> = {},
) => on.send("POST", "/users", body, { "Idempotency-Key": key, ...headers });

async function countUsers(on = demo, headers: Record<string, string> = {}): Promise<number> {
  const response = await on.request("/users?consistency=sync", { headers });
  return ((await response.json()) as { total: number }).total;
}

describe("a write with an Idempotency-Key", () => {
  it("that is sent again gets the stored answer, headers included, and does nothing", async () => {
    const key = newKey();
    const before = await countUsers();
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await create(key));
    const seen = await Promise.all(
      answers.map(async (answer) => ({
        status: answer.status,
        location: answer.headers.get("location"),
        token: answer.headers.get("consistency-token"),
        body: await answer.json(),
      })),
    );
    expect(seen[0]).toMatchObject({ status: 201, body: ADA });
    expect(seen).toEqual([seen[0], seen[0], seen[0]]);
    expect(await countUsers()).toBe(before + 1);
  });

  it("is the same attempt however the body is written", async () => {
    const key = newKey();
    const first = await create(key);
    const init = { "content-type": "application/json", "Idempotency-Key": key };
    const again = await demo.request("/users", {
      method: "POST",
      headers: init,
      body: ' {"email":"ada@example.org",\n "name":" Ada "}',
    });
    expect(again.status).toBe(201);
    expect(await again.json()).toEqual(await first.json());
  });

  it("is refused with 422 when the body is another", async () => {
    const key = newKey();
    await create(key);
    const before = await countUsers();
    const response = await create(key, { ...ADA, name: "Eve" });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
    expect(await countUsers()).toBe(before);
  });

  it("does its work once, however many are sent at once", async () => {
    const key = newKey();
    const before = await countUsers();
    const answers = await Promise.all(Array.from({ length: 30 }, () => create(key)));
    for (const { status } of answers) expect([201, 409]).toContain(status);
    const made = answers.filter(({ status }) => status === 201);
    const ids = await Promise.all(made.map(async (answer) => ((await answer.json()) as User).id));
    expect(new Set(ids).size).toBe(1);
    expect(await countUsers()).toBe(before + 1);
  });

  it("may be tried again after it was refused: no failure is stored", async () => {
    const key = newKey();
    expect((await create(key, { ...ADA, email: "none" })).status).toBe(400);
    expect((await create(key)).status).toBe(201);
  });

  it("removes once and says so twice", async () => {
    const { user } = await demo.create();
    const init = { method: "DELETE", headers: { "Idempotency-Key": newKey() } };
    expect((await demo.request(`/users/${user.id}`, init)).status).toBe(204);
    expect((await demo.request(`/users/${user.id}`, init)).status).toBe(204);
    expect((await demo.request(`/users/${user.id}`, { method: "DELETE" })).status).toBe(404);
  });

  it("keeps the same key of two commands, and of two users, apart", async () => {
    const key = newKey();
    const { user } = await demo.create();
    expect((await create(key)).status).toBe(201);
    const headers = { "Idempotency-Key": key };
    const path = `/users/${user.id}`;
    expect((await demo.send("PATCH", path, { name: "Grace" }, headers)).status).toBe(200);
    expect((await demo.send("PATCH", path, { name: "Hedy" }, headers)).status).toBe(422);
  });

  it.each(["", "a b", "ä", "x".repeat(256)])("refuses the key %j with 400", async (key) => {
    const response = await create(Buffer.from(key).toString("latin1"));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "INVALID_IDEMPOTENCY_KEY" });
  });

  it.each(["x".repeat(255), "__proto__", "constructor", '"quoted"', "{}"])(
    "takes the key %s",
    async (key) => {
      expect((await create(key)).status).toBe(201);
      expect((await create(key)).status).toBe(201);
    },
  );

  it("is ignored on a read", async () => {
    const headers = { "Idempotency-Key": "x".repeat(300) };
    expect((await demo.request("/users", { headers })).status).toBe(200);
  });

  it("belongs to whoever sends it: nobody gets another one's answer", async () => {
    await using closed = await openDemo({}, 0, { authSecret: SECRET });
    const expiresAtMs = Date.now() + 600_000;
    const [ada, eve] = await Promise.all(
      ["ada", "eve"].map(async (sub) => ({
        authorization: `Bearer ${await mintToken(SECRET, { sub, role: "editor", expiresAtMs })}`,
      })),
    );
    const key = newKey();
    const first = await create(key, ADA, closed, ada);
    const other = await create(key, { ...ADA, name: "Eve" }, closed, eve);
    expect([first.status, other.status]).toEqual([201, 201]);
    expect(other.headers.get("location")).not.toBe(first.headers.get("location"));
    expect(await countUsers(closed, ada)).toBe(2);
  });
});

describe.each(["pglite", "postgres"] as const)("on %s", (store) => {
  it("keeps the answers over a restart", { timeout: 120_000 }, async () => {
    await using folder = await makeFolder();
    const dataDir = join(folder.path, "data");
    const key = newKey();
    const begun = await openDemo({}, 0, { store, dataDir });
    const first = await create(key, ADA, begun);
    expect(first.status).toBe(201);
    const body = await first.json();
    await begun.stop();

    await using restarted = await openDemo({}, 0, { store, dataDir });
    expect((await create(key, { ...ADA, name: "Eve" }, restarted)).status).toBe(422);
    const again = await create(key, ADA, restarted);
    expect(again.status).toBe(201);
    expect(await again.json()).toEqual(body);
    expect(await countUsers(restarted)).toBe(1);
  });
});

describe("a process that ends between the work and the storing of its answer", () => {
  it("makes one user all the same: the second run finds the work of the first", async () => {
    const time = manualTime();
    const now = () => time.now();
    const attempts = createMemoryIdempotencyStore({ now });
    const complete = vi.spyOn(attempts, "complete").mockRejectedValueOnce(new Error("crashed"));
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const demo = wireDemo({
      ...{ attempts, clock: time, scheduler: time, storeName: "memory", delayMs: 0 },
      store: createMemoryStore({ inline: [usersSync], clock: time }),
      createId: () => crypto.randomUUID(),
    });
    const closing = new AbortController().signal;
    const app = createApi(demo, { closing, page: async () => new Map() });
    const send = () =>
      app.request("/users", {
        method: "POST",
        headers: { "content-type": "application/json", "Idempotency-Key": "k" },
        body: JSON.stringify(ADA),
      });
    const first = await send();
    await time.advance(60_000); // the lease of the first has run out
    const second = await send();
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.json()).toEqual(await first.json());
    expect(complete).toHaveBeenCalledTimes(2);
    expect(await demo.store.head()).toBe(1);
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});
