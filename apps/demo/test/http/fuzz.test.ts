import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";

interface Attempt {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array;
  /** Whether the length that is declared is the body's. */
  readonly honest: boolean;
}

let demo: TestDemo;
let userId = "";
const log = vi.spyOn(console, "error");
beforeAll(async () => {
  demo = await openDemo({
    patience: { headersTimeoutMs: 3_000, requestTimeoutMs: 3_000, checkEveryMs: 100 },
  });
  userId = (await demo.create()).user.id;
});
afterAll(() => demo.stop());

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom("", "null", "__proto__", "constructor", "\u0000", "\ud800", "\u202e", "1e308"),
  fc.constantFrom("%00", "%ff", "%", "..", "../..", "'; --", "<script>", "{{7*7}}", "${x}", "-0"),
);
const token = fc.oneof(fc.constantFrom("MTox", "MTow", "MTo5OTk5OTk", "x", ""), text);

describe("schema-aware requests", () => {
  const id = fc.oneof(fc.constant("{id}"), fc.uuid(), text.map(encode));
  const path = fc.oneof(
    { arbitrary: fc.constant("/users"), weight: 3 },
    fc.constantFrom("/users", "/events", "/health/live", "/health/ready", "/", "/lab/status"),
    fc.constantFrom("/lab/delay", "/lab/resume", "/lab/rebuild", "/openapi.json"),
    id.map((id) => `/users/${id}`),
    id.map((id) => `/users/${id}/history`),
    fc.array(text.map(encode), { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  );
  const parameter = fc.tuple(
    fc.oneof(fc.constantFrom("page", "page_size", "consistency", "after"), text.map(encode)),
    fc.oneof(fc.constantFrom("1", "0", "101", "sync", "eventual", "1e3"), text.map(encode)),
  );
  const field = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom("Ada", "a@b.co"));
  const value = fc.oneof(
    fc.record(
      { name: field, email: field, userId: field, delay_ms: fc.oneof(fc.nat(5), field) },
      { requiredKeys: [] },
    ),
    fc.record({ name: fc.constantFrom("Ada", "Grace"), email: fc.constant("a@b.co") }),
    fc.jsonValue(),
  );
  const body = fc.oneof(
    { arbitrary: fc.constant('{"name":"Ada","email":"a@b.co"}'), weight: 2 },
    value.map((value) => JSON.stringify(value)),
    value.map((value) => JSON.stringify(value).slice(0, -1)),
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom("", '{"__proto__":{}}', "[".repeat(20_000), `{"name":"${"x".repeat(70_000)}"}`),
  );
  const header = fc.oneof(
    fc.tuple(fc.constant("Content-Type"), fc.constantFrom("text/plain", "application/xml", ";")),
    fc.tuple(fc.constant("Content-Encoding"), fc.constantFrom("gzip", "identity", "br")),
    fc.tuple(fc.constant("Consistency-Token"), token.map(printable)),
    fc.tuple(
      fc.constant("Prefer"),
      fc.oneof(fc.constantFrom("wait=0", "wait=-1"), text.map(printable)),
    ),
    fc.tuple(fc.constant("Last-Event-ID"), fc.oneof(fc.nat().map(String), text.map(printable))),
    fc.tuple(fc.constant("X-Correlation-Id"), text.map(printable)),
    fc.tuple(fc.constant("Origin"), fc.constantFrom("null", "http://localhost", "http://evil")),
    fc.tuple(fc.constant("Accept"), text.map(printable)),
    fc.tuple(fc.constant("Range"), text.map(printable)),
    fc.tuple(fc.constant("If-None-Match"), text.map(printable)),
    fc.tuple(fc.constant("Expect"), fc.constantFrom("100-continue", "x")),
  );
  const attempt: fc.Arbitrary<Attempt> = fc.record({
    method: fc.constantFrom(
      ...["GET", "GET", "GET", "POST", "POST", "POST", "PATCH", "DELETE", "PUT"],
      ...["HEAD", "OPTIONS", "TRACE", "PROPFIND"],
    ),
    target: fc
      .tuple(path, fc.array(parameter, { maxLength: 4 }))
      .map(([path, query]) => `${path}?${query.map((pair) => pair.join("=")).join("&")}`),
    headers: fc
      .array(header, { maxLength: 4 })
      .map((headers) => [["Prefer", "wait=0"], ["Content-Type", "application/json"], ...headers]),
    body,
    honest: fc.constant(true),
  });

  it("never meet a 5xx that is no refusal to wait, a stack, or silence", { timeout: 120_000 }, () =>
    fc.assert(
      fc.asyncProperty(attempt, async (attempt) => {
        await expectOrderly(attempt);
      }),
      { numRuns: 1_000 },
    ),
  );
});

describe("requests that know nothing of the schema", () => {
  const noise = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), text);
  const attempt: fc.Arbitrary<Attempt> = fc.record({
    method: fc.oneof(fc.constantFrom("GET", "POST", "M-SEARCH"), fc.stringMatching(/^[A-Z]{1,8}$/)),
    target: fc.oneof(
      noise.map((noise) => `/${noise.replaceAll(/[\r\n ]/g, "")}`),
      fc.constantFrom("*", "http://[", "http://localhost/users", "//", "/?", "/#"),
    ),
    headers: fc.array(fc.tuple(fc.stringMatching(/^[A-Za-z-]{1,12}$/), noise.map(oneLine)), {
      maxLength: 5,
    }),
    body: fc.oneof(noise, fc.uint8Array()),
    honest: fc.boolean(),
  });

  it("never meet a 5xx, a stack, or silence", { timeout: 120_000 }, () =>
    fc.assert(
      fc.asyncProperty(attempt, async (attempt) => {
        await expectOrderly(attempt);
      }),
      { numRuns: 1_000 },
    ),
  );
});

it("has met every kind of answer on the way", () => {
  expect([...met]).toEqual(expect.arrayContaining([200, 201, 204, 400, 403, 404, 405, 413, 415]));
});

it("leaves a server that is well, and has logged nothing", async () => {
  for (const path of ["/health/live", "/health/ready", "/lab/status", "/users?page_size=100"]) {
    expect((await demo.request(path)).status).toBe(200);
  }
  const { user, token } = await demo.create("Still here");
  const headers = { "Consistency-Token": token };
  const response = await demo.request(`/users/${user.id}`, { headers });
  expect(await response.json()).toMatchObject({ name: "Still here" });
  expect(Object.keys({})).toEqual([]);
  expect(({} as Record<string, unknown>)["name"]).toBeUndefined();
  expect(log).not.toHaveBeenCalled();
});

const met = new Set<number>();
const REFUSED_WAITS = new Set(["STALE", "TOO_MANY_WAITERS"]);

async function expectOrderly(attempt: Attempt): Promise<void> {
  const { head, body } = await answerTo(attempt);
  const status = Number(/^HTTP\/1\.1 ([0-9]{3}) /.exec(head)?.[1]);
  met.add(status);
  expect(status).toBeGreaterThanOrEqual(200);
  expect(body).not.toMatch(/\n\s+at |node:internal|node_modules|[a-z-]+\.ts:\d/);
  if (status < 400) return;
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  if (attempt.method === "HEAD") return expect(status).toBeLessThan(504);
  const problem = JSON.parse(body) as { status: number; code: string; error: string };
  expect(problem).toMatchObject({ status, error: expect.stringMatching(/./) });
  if (status >= 500) expect(REFUSED_WAITS).toContain(problem.code);
}

/** Sends an attempt and reads the answer's head and body; of a stream, the beginning. */
async function answerTo({ method, target, headers, body, honest }: Attempt) {
  const socket = await demo.open();
  const bytes = Buffer.from(body);
  const length = honest ? bytes.length : bytes.length + 1;
  const lines = [
    `${method} ${target.replace("{id}", userId)} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    `Content-Length: ${length}`,
    ...new Map(headers.map(([name, value]) => [name.toLowerCase(), `${name}: ${value}`])).values(),
  ];
  return new Promise<{ head: string; body: string }>((resolve, reject) => {
    let answer = "";
    const finish = () => {
      const [, head = "", body = ""] =
        /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?([^]*?)\r\n\r\n([^]*)$/.exec(answer) ?? [];
      resolve({ head, body: /transfer-encoding: chunked/i.test(head) ? "" : body });
    };
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (/text\/event-stream/.test(answer)) socket.destroy();
    });
    socket.once("close", finish);
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.write(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes]));
  });
}

function encode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value.replaceAll(/[^!-~]/g, ""); // half a surrogate pair
  }
}

function printable(value: string): string {
  return value.replaceAll(/[^ -~]/g, "").trim();
}

function oneLine(value: string): string {
  return value.replaceAll(/[\r\n]/g, " ");
}
