import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

// What somebody tries who means harm. Whatever it is: a refusal of a few words, nothing written, and a server that is well.

const HOST = "Host: localhost\r\n";
const LAST = "Connection: close\r\n";
const ADA = '{"name":"Ada","email":"ada@example.org"}';

let demo: TestDemo;
const log = vi.spyOn(console, "error");
beforeAll(async () => {
  demo = await openDemo();
});
afterEach(async () => {
  expect(log).not.toHaveBeenCalled();
  expect((await demo.request("/health/ready")).status).toBe(200);
  expect(await total()).toBe(0);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
afterAll(() => demo.stop());

async function total(): Promise<number> {
  const response = await demo.request("/users?consistency=sync");
  return ((await response.json()) as { total: number }).total;
}

const post = (body: string | Buffer, headers = "Content-Type: application/json\r\n") =>
  Buffer.concat([
    Buffer.from(
      `POST /users HTTP/1.1\r\n${HOST}${LAST}${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);
const ask = (path: string, headers = "", method = "GET") =>
  `${method} ${path} HTTP/1.1\r\n${HOST}${headers}${LAST}\r\n`;
const type = (value: string) => post(ADA, `Content-Type: ${value}\r\n`);
const framed = (headers: string) =>
  `POST /users HTTP/1.1\r\n${HOST}${LAST}Content-Type: application/json\r\n${headers}\r\n${ADA}`;
const member = (text: string) => `{"name":"Ada","email":"ada@example.org",${text}}`;
const KEYS = Array.from({ length: 7_000 }, (_, n) => `"${n.toString(36)}":1`).join(",");

const LARGEST_ANSWER = 4_000;

describe("a body that means harm", () => {
  it.each<[name: string, status: number, bytes: string | Buffer]>([
    ["two names, of which the last counts", 400, post('{"name":"Ada","name":"","email":"a@b.co"}')],
    ["7,000 members", 400, post(member(KEYS))],
    [
      "an object 10,000 deep",
      400,
      post(member(`"x":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`)),
    ],
    ["a constructor", 400, post(member('"constructor":{"prototype":{"polluted":1}}'))],
    ["a prototype within", 400, post(member('"x":{"__proto__":{"polluted":1}}'))],
    ["a prototype in escapes", 400, post(member('"__\\u0070roto__":{"polluted":1}'))],
    ["a role of its own", 400, post(member('"role":"admin"'))],
    ["a number that is infinite", 400, post('{"name":1e999,"email":"a@b.co"}')],
    ["half a surrogate pair", 400, post('{"name":"\\ud800","email":"a@b.co"}')],
    ["a zero character", 400, post('{"name":"A\\u0000da","email":"a@b.co"}')],
    ["text that turns around", 400, post('{"name":"\\u202eadA","email":"a@b.co"}')],
    [
      "bytes that are no UTF-8",
      400,
      post(Buffer.from('{"name":"\xff\xfe","email":"a@b.co"}', "latin1")),
    ],
    [
      "a zero byte written long",
      400,
      post(Buffer.from('{"name":"\xc0\x80","email":"a@b.co"}', "latin1")),
    ],
    [
      "a surrogate as bytes",
      400,
      post(Buffer.from('{"name":"\xed\xa0\x80","email":"a@b.co"}', "latin1")),
    ],
    ["two values", 400, post(`${ADA}${ADA}`)],
    ["a comment", 400, post(`/* */ ${ADA}`)],
    [
      "an email that takes long to check",
      400,
      post(`{"name":"Ada","email":"${"a.".repeat(120)}"}`),
    ],
  ])("is refused: %s", (_name, status, bytes) => expectRefused(bytes, status));
});

describe("a content type that means something else", () => {
  it.each([
    ["text/plain"],
    ["text/plain; application/json"],
    ["application/json, text/plain"],
    ["multipart/form-data; boundary=application/json"],
    ["application/x-www-form-urlencoded"],
    ["application/json5"],
    ["application/jsonp"],
    ["application/json; charset=utf-7"],
    ["application/json; charset=utf-16le"],
    ["application/json;charset=utf-8;charset=utf-16"],
    ["text/plain\r\nContent-Type: application/json"],
  ])("is refused with 415: %j", (value) => expectRefused(type(value), 415));
});

describe("a request that hides another one", () => {
  const hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
  it.each<[name: string, bytes: string]>([
    ["a length in two values", framed("Content-Length: 40, 41\r\n")],
    ["a length with a sign", framed("Content-Length: +40\r\n")],
    ["a length in hexadecimal", framed("Content-Length: 0x28\r\n")],
    ["chunks and a length", framed("Content-Length: 40\r\nTransfer-Encoding: chunked\r\n")],
    ["chunks that are not the last coding", framed("Transfer-Encoding: chunked, identity\r\n")],
    ["chunks by another name", framed("Transfer-Encoding: xchunked\r\n")],
    ["chunks twice", framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")],
    ["a space before the colon", framed("Transfer-Encoding : chunked\r\n")],
    ["a header on two lines", framed("Transfer-Encoding:\r\n chunked\r\n")],
    [
      "a chunk longer than it says",
      `${framed("Transfer-Encoding: chunked\r\n").slice(0, -ADA.length)}1\r\n{"x":1}\r\n0\r\n\r\n`,
    ],
    [
      "a line that ends in LF alone",
      `GET /users HTTP/1.1\n${HOST}Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
    ],
  ])("is refused as a whole: %s", async (_name, bytes) => {
    const answer = await demo.raw(`${bytes}${hidden}`);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toContain("/hidden");
  });

  it("is answered one after the other when it is pipelined in the open", async () => {
    const many = Array.from({ length: 100 }, (_, n) => `GET /users/${n} HTTP/1.1\r\n${HOST}\r\n`);
    const answer = await demo.raw(`${many.join("")}${ask("/health/live")}`);
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
    expect(statuses).toEqual([...many.map(() => "404"), "200"]);
    const paths = [...answer.matchAll(/"instance":"([^"]+)"/g)].map(([, path]) => path);
    expect(paths).toEqual(many.map((_, n) => `/users/${n}`));
  });

  it("is answered up to the first that is none", async () => {
    const answer = await demo.raw(`GET /health/live HTTP/1.1\r\n${HOST}\r\nNONSENSE\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect([...answer.matchAll(/HTTP\/1\.1 400 /g)]).toHaveLength(1);
  });
});

describe("headers that mean harm", () => {
  const header = (name: string, value: string, path = "/users") =>
    ask(path, `${name}: ${value}\r\n`);
  const key = (value: string) =>
    post(ADA, `Content-Type: application/json\r\nIdempotency-Key: ${value}\r\n`);

  it.each<[name: string, status: number, bytes: string | Buffer]>([
    ["a key of 256 characters", 400, key("k".repeat(256))],
    ["a key of 8 KiB", 400, key("k".repeat(8_192))],
    ["a key that is empty", 400, key("")],
    ["a key with a space", 400, key("a b")],
    ["two keys", 400, key("a\r\nIdempotency-Key: b")],
    ["a consistency token of 8 KiB", 400, header("Consistency-Token", "M".repeat(8_192))],
    ["a consistency token that is no text", 400, header("Consistency-Token", "\u0080\u00ff")],
    ["two consistency tokens", 400, header("Consistency-Token", "MTox\r\nConsistency-Token: MToy")],
    ["a position beyond all numbers", 400, header("Last-Event-ID", "9".repeat(400), "/events")],
    [
      "a key behind 2,400 other headers",
      400,
      key(`k\r\n${"X: 1\r\n".repeat(2_400)}Idempotency-Key: b c`),
    ],
    ["a cookie of 20 KiB", 431, header("Cookie", "c".repeat(20_000))],
    ["a prototype for a role", 400, header("X-Role", "__proto__")],
  ])("is refused: %s", (_name, status, bytes) => expectRefused(bytes, status));

  it("gets a correlation id of the server's in the place of one that nobody could read", async () => {
    for (const id of ["x".repeat(129), "a b", '<script>"', "\u00e4"]) {
      const bytes = ask("/users", `X-Correlation-Id: ${id}\r\n`);
      const answer = await demo.raw(bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      const given = /^x-correlation-id: (.*)$/im.exec(answer)?.[1] ?? "";
      if (id !== '<script>"') expect(given).toMatch(/^[0-9a-f-]{36}\r?$/);
    }
  });
});

describe("addresses that mean harm", () => {
  const addresses: readonly (readonly [path: string, status: number])[] = [
    ["/users?page=1&page=2", 400],
    ["/users?page[]=1", 200],
    ["/users?page=1%00", 400],
    ["/users?page=", 400],
    ["/users?page=1e9", 400],
    ["/users?page=99999999999999999999", 400],
    ["/users?consistency=__proto__", 400],
    ["/users?__proto__[page]=1", 200],
    [`/users?${"a=1&".repeat(3_000)}`, 200],
    ["/users/__proto__", 404],
    ["/users/constructor/history", 404],
    ["/users/%ff", 404],
    ["/users/%E0%A4%A", 404],
    [`/users/${"%25".repeat(2_000)}`, 404],
    ["/lab/status/../../etc/passwd", 404],
    ["/assets/..%5c..%5cpackage.json", 404],
  ];

  it.each(addresses.map(([path, status]) => [path.slice(0, 40), status, path] as const))(
    "%s is answered with %i",
    async (_name, status, path) => {
      const answer = await demo.raw(ask(path));
      expect(Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])).toBe(status);
      if (status >= 400) await expectRefused(ask(path), status);
    },
  );
});

describe("HEAD and OPTIONS", () => {
  it.each<[method: string, path: string, status: number]>([
    ["HEAD", "/users", 200],
    ["HEAD", "/users/1", 404],
    ["HEAD", "/nowhere", 404],
    ["HEAD", "/events", 200],
    ["HEAD", "/lab/status/stream", 200],
    ["HEAD", "/lab/pause", 405],
    ["OPTIONS", "/lab/pause", 204],
    ["OPTIONS", "/nowhere", 404],
  ])("%s %s is answered with %i and comes to an end", async (method, path, status) => {
    const answer = await demo.raw(ask(path, "", method));
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])).toBe(status);
    if (method === "HEAD") expect(body).toBe("");
    expect(head).not.toMatch(/access-control-allow/i);
  });
});

async function expectRefused(bytes: string | Buffer, status: number): Promise<void> {
  const answer = await demo.raw(bytes);
  expect(answer.length).toBeLessThan(LARGEST_ANSWER);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(`${head.split("\r\n")[0]} ${body}`).toContain(`HTTP/1.1 ${status} `);
  expect(JSON.parse(body)).toMatchObject({ status, error: expect.any(String) });
  expect(body).not.toMatch(/\bat .*:\d+:\d+|node:internal|\.ts\b|polluted/);
}
