import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LabStatus } from "../../server/lab/status.ts";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

let demo: TestDemo;
beforeEach(async () => {
  demo = await openDemo();
});
afterEach(() => demo.stop());

const status = async () => (await (await demo.request("/lab/status")).json()) as LabStatus;
const eventual = async () => (await status()).models.find(({ name }) => name === "users_eventual")!;

describe("/health", () => {
  it("is live and ready", async () => {
    const answer = async (what: string) => {
      const response = await demo.request(`/health/${what}`);
      return { status: response.status, body: await response.json() };
    };
    const checks = { store: "ok", projections: "ok", reader: "ok" };
    expect(await answer("live")).toEqual({ status: 200, body: { status: "live" } });
    expect(await answer("ready")).toEqual({ status: 200, body: { status: "ready", checks } });
  });

  it("is ready also while the projector pauses: somebody wanted it so", async () => {
    await demo.request("/lab/pause", { method: "POST" });
    expect((await demo.request("/health/ready")).status).toBe(200);
  });
});

describe("/lab", () => {
  it("tells how both read models are doing", async () => {
    const { token } = await demo.create();
    await demo.request("/users", { headers: { "Consistency-Token": token } });
    expect(await status()).toMatchObject({
      store: "memory",
      head: 1,
      delay_ms: 0,
      models: [
        { name: "users_sync", consistency: "sync", state: "inline", position: 1 },
        {
          name: "users_eventual",
          consistency: "eventual",
          state: "running",
          position: 1,
          lag: { events: 0, ms: 0 },
        },
      ],
    });
  });

  it("holds the eventual model while it pauses, and lets it catch up afterwards", async () => {
    expect((await demo.request("/lab/pause", { method: "POST" })).status).toBe(204);
    const { user, token } = await demo.create();
    const headers = { "Consistency-Token": token, Prefer: "wait=0" };
    expect((await demo.request("/users", { headers })).status).toBe(503);
    expect((await demo.request(`/users/${user.id}`)).status).toBe(404);
    expect(await eventual()).toMatchObject({ state: "paused", position: 0, lag: { events: 1 } });

    expect((await demo.request("/lab/resume", { method: "POST" })).status).toBe(204);
    const fresh = { "Consistency-Token": token };
    expect((await demo.request(`/users/${user.id}`, { headers: fresh })).status).toBe(200);
    expect(await eventual()).toMatchObject({ state: "running", lag: { events: 0 } });
  });

  it("rebuilds the eventual model to what it was", async () => {
    const { token } = await demo.create();
    const headers = { "Consistency-Token": token };
    const users = async () => (await demo.request("/users", { headers })).json();
    const before = await users();
    expect((await demo.send("POST", "/lab/rebuild", {})).status).toBe(204);
    expect(await users()).toEqual(before);
  });

  it("sets the delay", async () => {
    expect((await demo.send("PUT", "/lab/delay", { delay_ms: 60_000 })).status).toBe(204);
    expect((await status()).delay_ms).toBe(60_000);
  });

  it.each([
    ...[{}, { delay_ms: -1 }, { delay_ms: 60_001 }, { delay_ms: 0.5 }, { delay_ms: "5" }],
    ...[{ delay_ms: null }, { delay_ms: 5, more: 1 }, { delay_ms: 1e308 }, []],
  ])("refuses the delay %j with 400", async (body) => {
    expect((await demo.send("PUT", "/lab/delay", body)).status).toBe(400);
    expect((await status()).delay_ms).toBe(0);
  });
});

describe("the page", () => {
  it("is served at the root, safely", async () => {
    const response = await demo.request("/");
    expect(await response.text()).toBe("<h1>page</h1>");
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("has parts that browsers keep", async () => {
    const response = await demo.request("/assets/a-1.js");
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect((await demo.request("/assets/a-2.js")).status).toBe(404);
  });

  it("may fail without harm to the API", async () => {
    const createPage = () => Promise.reject(new Error("secret detail"));
    await using broken = await openDemo({ createPage });
    await expect(broken.page).rejects.toThrow("secret detail");
    const response = await broken.request("/");
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).toContain("NO_PAGE");
    expect(text).not.toContain("secret");
    expect((await broken.request("/users")).status).toBe(200);
    expect((await broken.request("/nowhere")).status).toBe(404);
  });
});

describe("stopping", () => {
  it("answers what is under way, sends away who waits, and hangs up on everybody else", async () => {
    const silent = await demo.open();
    const hungUp = new Promise((resolve) => silent.once("close", resolve));
    await demo.request("/lab/pause", { method: "POST" });
    const { token } = await demo.create();
    const headers = { "Consistency-Token": token, Prefer: "wait=30" };
    const stream = await demo.request("/events");
    const waiting = demo.request("/users", { headers });
    const creating = Array.from({ length: 20 }, () =>
      demo.create().then(
        () => "created",
        () => "refused",
      ),
    );
    await Promise.resolve();
    await new Promise(setImmediate);
    const stopping = demo.stop();
    expect(["created", "refused"]).toEqual(
      expect.arrayContaining([...new Set(await Promise.all(creating))]),
    );
    const answer = await waiting.catch(() => undefined); // it may not even have arrived
    if (answer) expect(await answer.json()).toMatchObject({ status: 503, code: "NOT_RUNNING" });
    await stream.text();
    await Promise.all([stopping, hungUp]);
    await expect(demo.request("/users")).rejects.toThrow("fetch failed");
    demo = await openDemo();
  });
});
