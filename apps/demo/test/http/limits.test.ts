import type { EventStore } from "@counterpoint/events";
import { createMemoryStore } from "@counterpoint/memory";
import { describe, expect, it } from "vitest";
import { mintToken } from "../../server/access/token.ts";
import type { LabStatus } from "../../server/lab/status.ts";
import { createApi } from "../../server/api.ts";
import { usersSync, wireDemo } from "../../server/wiring.ts";
import { openDemo } from "./demo.ts";
import { SseConnection } from "./sse-connection.ts";

const ADA = JSON.stringify({ name: "Ada", email: "ada@example.org" });
const SECRET = "a secret of thirty-two bytes or more";

/** A demo whose store writes nothing until it is told to. */
function stuckDemo(limits: { concurrency: number; queue: number }) {
  const memory = createMemoryStore({ inline: [usersSync] });
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let begun = 0;
  const append: EventStore["append"] = async (given) => {
    begun++;
    await opened;
    return memory.append(given);
  };
  const demo = wireDemo({
    store: { ...memory, append },
    storeName: "memory",
    delayMs: 0,
    createId: () => crypto.randomUUID(),
    limits,
  });
  const closing = new AbortController().signal;
  const app = createApi(demo, { closing, page: async () => new Map() });
  const create = async (headers: Record<string, string> = {}) =>
    app.request("/users", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: ADA,
    });
  return { app, create, open: () => open(), begun: () => begun };
}

describe("a flood of commands", () => {
  it("is answered with 503 and Retry-After beyond so many under way and so many waiting", async () => {
    const { app, create, open, begun } = stuckDemo({ concurrency: 3, queue: 5 });
    const early = Array.from({ length: 8 }, () => create());
    const refused = await Promise.all(Array.from({ length: 200 }, () => create()));
    for (const response of refused) {
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await response.json()).toMatchObject({ code: "OVERLOADED", status: 503 });
    }
    expect(begun()).toBe(3);
    expect((await app.request("/users")).status).toBe(200); // readers do not suffer
    open();
    const statuses = (await Promise.all(early)).map(({ status }) => status);
    expect(statuses).toEqual(Array<number>(8).fill(201));
    expect((await create()).status).toBe(201);
  });

  it("leaves no way around by idempotency keys: who waits for a duplicate has a place, too", async () => {
    const { create, open } = stuckDemo({ concurrency: 3, queue: 5 });
    const key = { "Idempotency-Key": "one" };
    const first = Array.from({ length: 8 }, () => create(key));
    const more = await Promise.all(Array.from({ length: 50 }, () => create(key)));
    expect(new Set(more.map(({ status }) => status))).toEqual(new Set([503]));
    open();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual(
      Array<number>(8).fill(201),
    );
  });

  it("by those who may not takes no place", async () => {
    const { create, open } = stuckDemo({ concurrency: 1, queue: 0 });
    const viewers = await Promise.all(
      Array.from({ length: 20 }, () => create({ "X-Role": "viewer" })),
    );
    expect(new Set(viewers.map(({ status }) => status))).toEqual(new Set([403]));
    const editor = create({ "X-Role": "editor" });
    open();
    expect((await editor).status).toBe(201);
  });
});

describe("the rate of requests", () => {
  it("is bounded for each actor: 429 with Retry-After beyond, and the others do not notice", async () => {
    const rate = { requests: 5, perSeconds: 600 };
    await using demo = await openDemo({ rate }, 0, { authSecret: SECRET });
    const expiresAtMs = Date.now() + 600_000;
    const [ada, eve] = await Promise.all(
      ["ada", "eve"].map(async (sub) => ({
        authorization: `Bearer ${await mintToken(SECRET, { sub, role: "editor", expiresAtMs })}`,
      })),
    );
    const ask = (path: string, headers = {}) => demo.request(path, { headers });
    for (const path of ["/users", "/nowhere", "/lab/status", "/users/1", "/session"]) {
      expect((await ask(path, eve)).status).not.toBe(429);
    }
    for (const path of ["/users", "/nowhere", "/events"]) {
      const response = await ask(path, eve);
      expect(response.status).toBe(429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    }
    expect((await ask("/users", ada)).status).toBe(200);
    expect((await ask("/health/ready")).status).toBe(200);
  });

  it("is what the command line says, and does not count the commands of a burst", async () => {
    await using demo = await openDemo({}, 0, { authSecret: SECRET, ratePerMinute: 4 });
    const expiresAtMs = Date.now() + 600_000;
    const token = await mintToken(SECRET, { sub: "ada", role: "admin", expiresAtMs });
    const headers = { authorization: `Bearer ${token}` };
    const url = `http://127.0.0.1:${demo.port}/lab/status/stream`;
    const stream = await SseConnection.open(url, undefined, headers);
    const body = { commands: 50, inline: 1 };
    expect((await demo.send("POST", "/lab/burst", body, headers)).status).toBe(204);
    const last = () => (stream.events.at(-1)?.data as LabStatus | undefined)?.burst;
    while (last()?.state !== "done") await stream.until(stream.events.length + 1);
    expect(last()).toMatchObject({ accepted: 50, refused: 0 });
    await stream.leave();
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await demo.request("/users", { headers })).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it("has no bound when that is 0", async () => {
    await using demo = await openDemo({}, 0, { authSecret: SECRET, ratePerMinute: 0 });
    const expiresAtMs = Date.now() + 600_000;
    const token = await mintToken(SECRET, { sub: "ada", role: "viewer", expiresAtMs });
    const headers = { authorization: `Bearer ${token}` };
    for (let n = 0; n < 3; n++)
      expect((await demo.request("/users", { headers })).status).toBe(200);
  });

  it("is not counted where everybody is the same one", async () => {
    await using demo = await openDemo({ rate: { requests: 1, perSeconds: 600 } });
    for (let n = 0; n < 3; n++) expect((await demo.request("/users")).status).toBe(200);
  });
});
