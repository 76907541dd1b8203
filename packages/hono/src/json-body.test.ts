import fc from "fast-check";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { limitBody, readJsonObject } from "./json-body.ts";
import { problems } from "./problems.ts";

const JSON_TYPE = { "content-type": "application/json" };
const KNOWN_CODES = ["INVALID_BODY", "NOT_JSON", "NOT_UTF_8", "ENCODED_BODY", "TOO_LARGE"];

function echo(maxBytes = 1_000) {
  const report = vi.fn<(error: unknown) => void>();
  const app = new Hono();
  app.onError(problems({ report }));
  app.use(limitBody(maxBytes));
  app.all("/", async (c) => c.json(await readJsonObject(c)));
  app.all("/unread", (c) => c.text("fine"));
  return { app, report };
}

async function post(
  body: RequestInit["body"],
  headers: Record<string, string> = JSON_TYPE,
  path = "/",
) {
  const { app, report } = echo();
  const streams = body instanceof ReadableStream && { duplex: "half" };
  const init = { method: "POST", headers, ...(body != null && { body }), ...streams };
  const response = await app.request(path, init);
  const text = await response.text();
  expect(report).not.toHaveBeenCalled();
  return { status: response.status, body: text && (JSON.parse(text) as Record<string, unknown>) };
}

function streamOf(...chunks: readonly (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
}

describe("readJsonObject", () => {
  it("hands on every JSON object as it is", async () => {
    const objects = fc
      .dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 8 })
      .filter((object) => !JSON.stringify(object).includes('"__proto__"'));
    const app = echo(1e6).app;
    await fc.assert(
      fc.asyncProperty(objects, async (object) => {
        const body = JSON.stringify(object);
        const response = await app.request("/", { method: "POST", headers: JSON_TYPE, body });
        expect(await response.text()).toBe(JSON.stringify(JSON.parse(body)));
      }),
    );
  });

  it.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json; charset=utf8",
    "application/json; profile=x",
  ])("takes a body of type %s", async (type) => {
    expect(await post('{"a":"é"}', { "content-type": type })).toEqual({
      status: 200,
      body: { a: "é" },
    });
  });

  it("takes a body behind a byte order mark, and one in no encoding at all", async () => {
    expect((await post("\uFEFF{}")).status).toBe(200);
    expect((await post("{}", { ...JSON_TYPE, "content-encoding": "Identity" })).status).toBe(200);
  });

  it.each([
    ["none", undefined, "NOT_JSON"],
    ["a form", "application/x-www-form-urlencoded", "NOT_JSON"],
    ["plain text", "text/plain", "NOT_JSON"],
    ["something with json in its name", "application/json-patch+json", "NOT_JSON"],
    ["several", "text/plain, application/json", "NOT_JSON"],
    ["UTF-16", "application/json; charset=utf-16", "NOT_UTF_8"],
    ["Latin-1", "application/json; charset=iso-8859-1", "NOT_UTF_8"],
    ["two at once", "application/json; charset=utf-8; charset=utf-16", "NOT_UTF_8"],
  ])("refuses a body whose type is %s with 415", async (_name, type, code) => {
    const body = new Blob(["{}"]); // unlike a string it brings no type along
    const answer = await post(body, type === undefined ? {} : { "content-type": type });
    expect(answer).toMatchObject({ status: 415, body: { code } });
  });

  it.each(["gzip", "deflate", "br", "gzip, identity"])(
    "refuses a body in the encoding %s with 415",
    async (encoding) => {
      const answer = await post("{}", { ...JSON_TYPE, "content-encoding": encoding });
      expect(answer).toMatchObject({ status: 415, body: { code: "ENCODED_BODY" } });
    },
  );

  it.each([
    ["nothing", ""],
    ["blanks", " \n"],
    ["broken JSON", '{"a":'],
    ["two values", "{}{}"],
    ["JavaScript", "{a:1}"],
    ["NaN", '{"a":NaN}'],
    ["a list", "[]"],
    ["null", "null"],
    ["a text", '"{}"'],
    ["a number", "1e308"],
    ["a control character in a text", '{"a":"\u0001"}'],
    ["a prototype", '{"__proto__":{"admin":true}}'],
    ["a prototype further down", '{"a":[{"b":{"__proto__":1}}]}'],
    ["an escaped prototype", '{"__pr\\u006fto__":1}'],
  ])("refuses %s with 400", async (_name, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { code: "INVALID_BODY" } });
  });

  it("refuses bytes that are not UTF-8 with 400", async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]);
    const latin1 = new Uint8Array([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]);
    const surrogate = new Uint8Array([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]);
    for (const bytes of [utf16, latin1, surrogate]) {
      expect(await post(bytes)).toMatchObject({ status: 400, body: { code: "INVALID_BODY" } });
    }
  });

  it("survives a hundred thousand levels of nesting", async () => {
    const { app, report } = echo(1e6);
    const lists = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const objects = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    for (const body of [lists, objects]) {
      const response = await app.request("/", { method: "POST", headers: JSON_TYPE, body });
      expect(response.status).toBe(400);
    }
    expect(report).not.toHaveBeenCalled();
  });

  it("refuses a body that breaks off with 400, and reports nothing", async () => {
    const broken = () => streamOf('{"a":', new Error("ECONNRESET"));
    const chunked = { ...JSON_TYPE, "transfer-encoding": "chunked" };
    expect(await post(broken(), chunked)).toMatchObject({ status: 400 });
    expect(await post(broken(), { ...JSON_TYPE, "content-length": "20" })).toMatchObject({
      status: 400,
    });
  });

  it("answers any bytes of any type with an object or a 4xx problem", async () => {
    const type = fc.oneof(
      fc.constant("application/json"),
      fc.stringMatching(/^application\/json; ?[!-~ ]{0,10}$/),
      fc.stringMatching(/^[!-~]{1,20}$/),
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 1_200 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(type, body, async (type, body) => {
        const answer = await post(body, { "content-type": type });
        expect([200, 400, 413, 415]).toContain(answer.status);
        expect(answer.body).toBeTypeOf("object");
        if (answer.status !== 200) {
          expect(answer.body).toMatchObject({ code: expect.toBeOneOf(KNOWN_CODES) });
        }
      }),
    );
  });
});

describe("limitBody", () => {
  const whole = (size: number) => `{"a":"${"x".repeat(size - 8)}"}`;

  it("takes a body of exactly the size, declared or not", async () => {
    const declared = { ...JSON_TYPE, "content-length": "1000" };
    expect((await post(whole(1_000), declared)).status).toBe(200);
    expect((await post(streamOf(whole(1_000)))).status).toBe(200);
  });

  it.each(["/", "/unread"])("refuses one byte more with 413 at %s", async (path) => {
    const declared = { ...JSON_TYPE, "content-length": "1001" };
    expect(await post(whole(1_001), declared, path)).toMatchObject({ status: 413 });
    expect(await post(streamOf(whole(1_001)), JSON_TYPE, path)).toMatchObject({ status: 413 });
  });

  it("does not read a body that declares itself too large", async () => {
    const pull = vi.fn<() => void>();
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    expect(await post(body, { ...JSON_TYPE, "content-length": "1001" })).toMatchObject({
      status: 413,
    });
    expect(pull).not.toHaveBeenCalled();
  });

  it("stops to read an endless body when it passes the size", async () => {
    let pulled = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(100));
        },
      },
      { highWaterMark: 0 },
    );
    expect(await post(body)).toMatchObject({ status: 413 });
    expect(pulled).toBe(11);
  });

  it("believes no length beside a transfer encoding", async () => {
    const headers = { ...JSON_TYPE, "content-length": "2", "transfer-encoding": "chunked" };
    expect(await post(streamOf(whole(1_001)), headers)).toMatchObject({ status: 413 });
  });

  it("puts a body back together from its chunks", async () => {
    const text = whole(900);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 899 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), 900];
        const chunks = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(await post(streamOf(...chunks))).toEqual({ status: 200, body: JSON.parse(text) });
      }),
      { numRuns: 30 },
    );
  });

  it.each(["GET", "HEAD"])("does not touch a %s", async (method) => {
    const { app } = echo();
    const request = new Request("http://localhost/unread", { method });
    const body = vi.spyOn(request, "body", "get");
    expect((await app.request(request)).status).toBe(200);
    expect(body).not.toHaveBeenCalled();
  });

  it.each([-1, 0.5, Number.NaN, Infinity])("refuses a limit of %d bytes", (maxBytes) => {
    expect(() => limitBody(maxBytes)).toThrow(RangeError);
  });
});
