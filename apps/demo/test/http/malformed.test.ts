import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

const HOST = "Host: localhost\r\n";
const JSON_TYPE = "Content-Type: application/json\r\n";
const LAST = "Connection: close\r\n";

let demo: TestDemo;
const log = vi.spyOn(console, "error");
beforeAll(async () => {
  demo = await openDemo();
});
afterEach(async () => {
  expect(log).not.toHaveBeenCalled();
  expect((await demo.request("/health/ready")).status).toBe(200);
});
afterAll(() => demo.stop());

function parsed(answer: string) {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]),
    type: /^content-type: (.*)$/im.exec(head)?.[1],
    allow: /^allow: (.*)$/im.exec(head)?.[1],
    body,
  };
}

async function expectProblem(
  bytes: string | Uint8Array,
  status: number,
  { raw } = demo,
): Promise<void> {
  const answer = parsed(await raw(bytes));
  expect(answer).toMatchObject({ status, type: "application/problem+json; charset=utf-8" });
  expect(JSON.parse(answer.body)).toMatchObject({ status, error: expect.any(String) });
  expect(answer.body).not.toMatch(/\bat .*:\d+:\d+|node:internal|\.ts\b/);
}

const body = (text: string, headers = "") =>
  `POST /users HTTP/1.1\r\n${HOST}${LAST}${JSON_TYPE}${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
const chunked = (chunks: string) =>
  `POST /users HTTP/1.1\r\n${HOST}${LAST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n${chunks}`;
const chunk = (size: number) => `${size.toString(16)}\r\n${"a".repeat(size)}\r\n`;

describe("a request that is no proper HTTP", () => {
  it.each<[name: string, status: number, bytes: string | Uint8Array]>([
    ["nothing but noise", 400, "\u0016\u0003\u0001\u0002\r\n\r\n"],
    ["a method that there is not", 400, `BREW /users HTTP/1.1\r\n${HOST}\r\n`],
    ["no host", 400, `GET /users HTTP/1.1\r\n${LAST}\r\n`],
    ["no host, in HTTP/1.0", 400, "GET /users HTTP/1.0\r\n\r\n"],
    ["a host that is none", 400, `GET /users HTTP/1.1\r\nHost: a b\r\n${LAST}\r\n`],
    ["an empty host", 400, `GET /users HTTP/1.1\r\nHost:\r\n${LAST}\r\n`],
    ["raw bytes in the path", 400, Buffer.from(`GET /\xff\xfe HTTP/1.1\r\n${HOST}\r\n`, "latin1")],
    ["a backslash in the path", 400, `GET /users\\..\\x HTTP/1.1\r\n${HOST}${LAST}\r\n`],
    ["OPTIONS *", 400, `OPTIONS * HTTP/1.1\r\n${HOST}${LAST}\r\n`],
    ["an absolute URL that is none", 400, `GET http://[ HTTP/1.1\r\n${HOST}${LAST}\r\n`],
    ["a header without a name", 400, `GET /users HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
    ["a header with a zero byte", 400, `GET /users HTTP/1.1\r\n${HOST}X: a\u0000b\r\n\r\n`],
    ["two lengths", 400, body("{}", "Content-Length: 7\r\n")],
    ["a length and a transfer encoding", 400, body("{}", "Transfer-Encoding: chunked\r\n")],
    ["a length of -1", 400, `POST /users HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`],
    ["a chunk of unknown size", 400, chunked("ZZ\r\n")],
    ["headers of 20 KiB", 431, `GET / HTTP/1.1\r\n${HOST}X: ${"a".repeat(20_000)}\r\n\r\n`],
    ["a path of 20 KiB", 431, `GET /${"a".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
    ["CONNECT", 405, `CONNECT example.org:80 HTTP/1.1\r\n${HOST}\r\n`],
  ])("is answered with a problem: %s", (_name, status, bytes) => expectProblem(bytes, status));
});

describe("a request that does not come to its end", () => {
  it.each([
    ["in the headers", "POST /users HTTP/1.1\r\nHost: loc"],
    ["in the body", body('{"name":"Ada"').slice(0, -3)],
    ["in the chunks", chunked('5\r\n{"nam')],
  ])("is answered with 408 when it stalls %s", async (_where, bytes) => {
    const patience = { headersTimeoutMs: 200, requestTimeoutMs: 200, checkEveryMs: 20 };
    await using hasty = await openDemo({ patience });
    await expectProblem(bytes, 408, hasty);
  });

  it("is forgotten when the client hangs up in the middle", async () => {
    for (const bytes of [chunked('5\r\n{"nam'), body('{"name":"Ada"}').slice(0, -5)]) {
      const socket = await demo.open();
      await new Promise((resolve) => socket.write(bytes, resolve));
      socket.destroy();
    }
    const { users } = (await (await demo.request("/users?consistency=sync")).json()) as {
      users: readonly unknown[];
    };
    expect(users).toEqual([]);
  });
});

describe("a body that is too much", () => {
  it.each([
    ["declared", body("a".repeat(65_537))],
    ["chunked", chunked(`${chunk(60_000)}${chunk(5_537)}0\r\n\r\n`)],
    ["chunked without an end", chunked(chunk(16_384).repeat(6))],
  ])("is refused with 413: %s", (_name, bytes) => expectProblem(bytes, 413));

  it("is refused before it is sent", () =>
    expectProblem(
      `POST /users HTTP/1.1\r\n${HOST}${LAST}${JSON_TYPE}Content-Length: 1000000000\r\n\r\n`,
      413,
    ));

  it("may be of 65,536 bytes exactly", () =>
    expectProblem(body(`{"name":"${"a".repeat(65_536 - 11)}"}`), 400)); // too long for a name

  it("is refused also where none is asked for", () =>
    expectProblem(
      `POST /lab/pause HTTP/1.1\r\n${HOST}${LAST}Transfer-Encoding: chunked\r\n\r\n${chunk(70_000)}0\r\n\r\n`,
      413,
    ));
});

describe("a body that is odd", () => {
  it.each([
    ["gzip", 415, body("\u001f\u008b", "Content-Encoding: gzip\r\n")],
    ["UTF-16", 400, Buffer.concat([Buffer.from(body("    ").slice(0, -4)), utf16("{}")])],
    ["deeply nested", 400, body(`{"name":${"[".repeat(30_000)}${"]".repeat(30_000)}}`)],
    ["a prototype", 400, body('{"name":"Ada","email":"a@b.co","__proto__":{"x":1}}')],
    ["expected to be brewed", 400, body("{}", "Expect: 418-teapot\r\n")],
  ])("is answered with a problem: %s", (_name, status, bytes) => expectProblem(bytes, status));
});

describe("a method that a path does not take", () => {
  it.each([
    ["PUT", "/users", "GET, HEAD, OPTIONS, POST"],
    ["TRACE", "/users", "GET, HEAD, OPTIONS, POST"],
    ["PROPFIND", "/users/1", "DELETE, GET, HEAD, OPTIONS, PATCH"],
    ["POST", "/users/1/history", "GET, HEAD, OPTIONS"],
    ["POST", "/events", "GET, HEAD, OPTIONS"],
    ["DELETE", "/health/live", "GET, HEAD, OPTIONS"],
    ["GET", "/lab/pause", "OPTIONS, POST"],
  ])("is answered with 405: %s %s", async (method, path, allow) => {
    const bytes = `${method} ${path} HTTP/1.1\r\n${HOST}${LAST}\r\n`;
    expect(parsed(await demo.raw(bytes))).toMatchObject({ status: 405, allow });
    await expectProblem(bytes, 405);
  });

  it("is told by OPTIONS beforehand", async () => {
    const answer = await demo.request("/users", { method: "OPTIONS" });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS, POST");
  });
});

describe("a path that leads nowhere", () => {
  it.each([
    ...["/nowhere", "/users/", "/users/1/2", "//users", "//evil.example/users", "/%2e%2e/etc"],
    ...["/assets/../../package.json", "/assets/%2e%2e%2fpackage.json", "/.git/config", "/%00"],
  ])("is answered with 404: %s", (path) =>
    expectProblem(`GET ${path} HTTP/1.1\r\n${HOST}${LAST}\r\n`, 404),
  );
});

function utf16(text: string): Buffer {
  return Buffer.from(`\uFEFF${text}`, "utf16le").subarray(0, 4);
}
