import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createApp } from "../src/app.ts";
import { createMemoryTable } from "../src/user-table.ts";
import { openService } from "./open-service.ts";

// What the demo has and this service has not. Beyond this, `usersContract` says that they are alike.

let service: Awaited<ReturnType<typeof openService>>;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.stop());

const request = (path: string, init?: RequestInit) => fetch(`${service.url}${path}`, init);
const send = (method: string, path: string, body: unknown, headers = {}) =>
  request(path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
async function create(headers = {}) {
  const response = await send("POST", "/users", { name: "Ada", email: "a@b.co" }, headers);
  return { response, user: (await response.json()) as { id: string } };
}

describe("unlike the demo, the plain service", () => {
  it("has one read model: it gives no token, and needs none", async () => {
    const { response, user } = await create();
    expect(response.headers.has("consistency-token")).toBe(false);
    const headers = { "Consistency-Token": "no token at all" };
    expect((await request(`/users/${user.id}`, { headers })).status).toBe(200);
  });

  it.each(["eventual", "both", ""])("answers ?consistency=%s like any other read", async (text) => {
    const { user } = await create();
    const response = await request(`/users/${user.id}?consistency=${text}`);
    expect(await response.json()).toMatchObject(user);
  });

  it("keeps no history: what a rename or a removal overwrites is gone", async () => {
    const { user } = await create();
    expect((await request(`/users/${user.id}/history`)).status).toBe(404);
    expect((await request("/events")).status).toBe(404);
  });

  it("remembers nothing of who asked and why", async () => {
    const { response } = await create({ "X-Correlation-Id": "ticket-4711" });
    expect(response.headers.has("x-correlation-id")).toBe(false);
  });

  it("does a write again when it is sent again, whatever key it brings", async () => {
    const headers = { "Idempotency-Key": "order-1" };
    const first = await create(headers);
    const second = await create(headers);
    expect(second.user.id).not.toBe(first.user.id);
  });

  it("takes a rename as it comes: writers who meet get no conflict, the last one wins", async () => {
    const { user } = await create();
    const names = Array.from({ length: 40 }, (_, n) => `Ada ${n}`);
    const answers = await Promise.all(
      names.map((name) => send("PATCH", `/users/${user.id}`, { name })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("refuses an id in the body of a rename; the demo takes the one of the path", async () => {
    const { user } = await create();
    const response = await send("PATCH", `/users/${user.id}`, { name: "Grace", userId: user.id });
    expect(response.status).toBe(400);
  });

  it("answers to every host, and leaves what is no HTTP to Node", async () => {
    expect(
      (
        await raw("GET /users HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
      ).startsWith("HTTP/1.1 200 "),
    ).toBe(true);
    const answer = await raw("noise\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain("problem+json");
  });
});

it("does not show what broke behind the scenes", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const table = {
    ...createMemoryTable(),
    find: () => Promise.reject(new Error("secret password")),
  };
  const app = createApp({ table, createId: () => "1", clock: { now: () => 0 } });
  const response = await app.request("/users/1");
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ status: 500, code: "INTERNAL" });
  expect(text).not.toMatch(/secret|\.ts/);
  expect(log).toHaveBeenCalledTimes(1);
  log.mockRestore();
});

function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    connect(Number(new URL(service.url).port), "127.0.0.1")
      .setEncoding("utf8")
      .on("data", (chunk: string) => (text += chunk))
      .once("close", () => resolve(text))
      .once("error", reject)
      .write(bytes);
  });
}
