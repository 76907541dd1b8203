import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

let demo: TestDemo;
beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo.stop());

async function statusOf(method: string, path: string, headers: Record<string, string>) {
  const lines = Object.entries({ Connection: "close", "Content-Length": "0", ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const answer = await demo.raw(`${method} ${path} HTTP/1.1\r\n${head}\r\n`);
  return Number(answer.slice(9, 12));
}

describe("without a login", () => {
  it.each([
    ...["localhost", "LOCALHOST:80", "localhost:3000", "127.0.0.1", "127.0.0.1:65535"],
    ...["[::1]", "[::1]:3000"],
  ])("the server answers to the host %s", async (host) => {
    expect(await statusOf("GET", "/users", { Host: host })).toBe(200);
  });

  it.each([
    ...["evil.example", "evil.example:3000", "localhost.evil.example", "evil-localhost"],
    ...["127.0.0.1.nip.io", "127.0.0.2", "10.0.0.1", "[::2]", "0.0.0.0", "localhost.", "127.1"],
    ...["localhost:1234567", "localhost:80x"],
  ])("the server refuses the host %s, whatever is asked for", async (host) => {
    for (const path of ["/", "/users", "/events", "/health/live"]) {
      expect([400, 421]).toContain(await statusOf("GET", path, { Host: host }));
    }
  });

  it("a foreign name that resolves to this machine gets a problem", async () => {
    const answer = await demo.raw(
      "GET /users HTTP/1.1\r\nHost: evil.example:3000\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).toContain("application/problem+json");
    expect(answer).toContain("FOREIGN_HOST");
  });

  it.each([
    ["POST", "/lab/pause"],
    ["POST", "/lab/rebuild"],
    ["POST", "/users"],
    ["DELETE", "/users/1"],
    ["PUT", "/lab/delay"],
  ])("a foreign page cannot send %s %s", async (method, path) => {
    for (const origin of [
      "http://evil.example",
      "null",
      "https://localhost",
      "http://localhost:1",
    ]) {
      expect(await statusOf(method, path, { Host: "localhost", Origin: origin })).toBe(403);
    }
    const { models } = (await (await demo.request("/lab/status")).json()) as {
      models: readonly { readonly state: string }[];
    };
    expect(models.map(({ state }) => state)).not.toContain("paused");
  });

  it("its own page can, and so can a program", async () => {
    const { host } = new URL(demo.url);
    const own = { Host: host, Origin: `http://${host}` };
    expect(await statusOf("POST", "/lab/resume", own)).toBe(204);
    expect(await statusOf("POST", "/lab/resume", { Host: host })).toBe(204);
  });

  it("allows no page of another origin to read an answer", async () => {
    const headers = { Origin: "http://evil.example" };
    for (const path of ["/users", "/events", "/lab/status"]) {
      const response = await demo.request(path, { method: "HEAD", headers });
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});
