import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { manualTime } from "@counterpoint/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "../../server/access/token.ts";
import type { TestDemo } from "./demo.ts";
import { openDemo } from "./demo.ts";
import { SseConnection } from "./sse-connection.ts";

const SECRET = "a secret of thirty-two bytes or more";
const time = manualTime();
const NOW_S = Math.floor(time.now() / 1_000);
const CLAIMS = { sub: "ada", role: "editor", exp: NOW_S + 3_600 };
const HS256 = { alg: "HS256", typ: "JWT" };

let demo: TestDemo;
beforeAll(async () => {
  demo = await openDemo({ clock: time, scheduler: time }, 0, { authSecret: SECRET });
});
afterAll(() => demo.stop());

const ask = (authorization?: string, path = "/users") =>
  demo.request(path, { headers: authorization === undefined ? {} : { authorization } });

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function hmac(header: unknown, claims: unknown, secret = SECRET, hash = "sha256"): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest("base64url")}`;
}

describe("with AUTH_SECRET", () => {
  it("takes a token signed by HS256 with sub, role and exp", async () => {
    expect((await ask(`Bearer ${hmac(HS256, CLAIMS)}`)).status).toBe(200);
    expect((await ask(`bearer ${hmac(HS256, { ...CLAIMS, nbf: NOW_S, iat: NOW_S })}`)).status).toBe(
      200,
    );
  });

  it("takes one that never ends, and one with much that nobody asked for", async () => {
    const endless = hmac(HS256, { ...CLAIMS, exp: 1e300 });
    expect((await ask(`Bearer ${endless}`)).status).toBe(200);
    const much = hmac(HS256, { ...CLAIMS, more: { deep: "x".repeat(6_000) }, actor: "root" });
    expect((await ask(`Bearer ${much}`)).status).toBe(200);
    const session = await ask(`Bearer ${much}`, "/session");
    expect(await session.json()).toEqual({ mode: "token", actor: "ada", role: "editor" });
  });

  it("answers 431 to a token that is too large to be read", async () => {
    expect((await ask(`Bearer ${hmac(HS256, { ...CLAIMS, x: "x".repeat(20_000) })}`)).status).toBe(
      431,
    );
  });

  it("asks for a token, and says how", async () => {
    const response = await ask();
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="counterpoint"');
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 401, code: "TOKEN_REQUIRED" });
  });

  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const rs256 = () => {
    const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(CLAIMS)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
  };
  const good = hmac(HS256, CLAIMS);
  const [head = "", claims = "", signature = ""] = good.split(".");
  const without = (claim: string) =>
    hmac(HS256, Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim)));

  it.each<[name: string, token: string, reason: string]>([
    ["is not signed", `${part({ alg: "none" })}.${claims}.`, "no JSON Web Token|HS256"],
    ["keeps the signature of none", `${part({ alg: "none" })}.${claims}.${signature}`, "HS256"],
    ["is signed by None", hmac({ alg: "None" }, CLAIMS), "HS256"],
    ["is signed by HS512", hmac({ alg: "HS512" }, CLAIMS, SECRET, "sha512"), "HS256"],
    ["is signed by RS256", rs256(), "HS256"],
    ["takes a public key for a secret", hmac(HS256, CLAIMS, pem), "signature is wrong"],
    ["brings its own key", hmac({ ...HS256, jwk: { kty: "oct", k: "AA" } }, CLAIMS, "\0"), "wrong"],
    ["is signed with another secret", hmac(HS256, CLAIMS, `${SECRET}!`), "signature is wrong"],
    ["is signed with nothing", hmac(HS256, CLAIMS, ""), "signature is wrong"],
    [
      "has other claims than signed",
      `${head}.${part({ ...CLAIMS, role: "admin" })}.${signature}`,
      "wrong",
    ],
    ["has lost its signature", `${head}.${claims}.`, "no JSON Web Token|wrong"],
    ["demands what nobody knows", hmac({ ...HS256, crit: ["x"], x: 1 }, CLAIMS), "no JSON Web"],
    ["has expired", hmac(HS256, { ...CLAIMS, exp: NOW_S }), "expired"],
    ["expired long ago", hmac(HS256, { ...CLAIMS, exp: 0 }), "expired"],
    ["is not valid yet", hmac(HS256, { ...CLAIMS, nbf: NOW_S + 60 }), "not valid yet"],
    ["has no exp", without("exp"), "claim exp"],
    ["has a text for exp", hmac(HS256, { ...CLAIMS, exp: "9999999999" }), "claim exp"],
    ["has no sub", without("sub"), "claim sub"],
    ["has an empty sub", hmac(HS256, { ...CLAIMS, sub: "" }), "claim sub"],
    ["has a sub of two lines", hmac(HS256, { ...CLAIMS, sub: "a\nb" }), "claim sub"],
    ["has a sub that turns around", hmac(HS256, { ...CLAIMS, sub: "\u202enimda" }), "claim sub"],
    ["has a sub of 201 characters", hmac(HS256, { ...CLAIMS, sub: "a".repeat(201) }), "claim sub"],
    ["has an exp below zero", hmac(HS256, { ...CLAIMS, exp: -1 }), "expired"],
    ["has an exp that is nothing", hmac(HS256, { ...CLAIMS, exp: null }), "claim exp"],
    ["has a prototype for a role", hmac(HS256, { ...CLAIMS, role: "__proto__" }), "claim role"],
    [
      "is not signed, and 8 KiB long",
      `${part({ alg: "none" })}.${part({ ...CLAIMS, x: "x".repeat(6_000) })}.`,
      "HS256|JSON Web",
    ],
    ["has a number for sub", hmac(HS256, { ...CLAIMS, sub: 7 }), "claim sub"],
    ["has no role", without("role"), "claim role"],
    ["has a role that there is not", hmac(HS256, { ...CLAIMS, role: "root" }), "claim role"],
    ["has a list of roles", hmac(HS256, { ...CLAIMS, role: ["admin"] }), "claim role"],
    ["has claims that are no object", hmac(HS256, "null"), "no JSON Web Token"],
    ["is noise", "x.y.z", "no JSON Web Token"],
  ])("refuses a token that %s", async (_name, token, reason) => {
    const response = await ask(`Bearer ${token}`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer .*error="invalid_token"/);
    const { code, error } = (await response.json()) as { code: string; error: string };
    expect(code).toBe("INVALID_TOKEN");
    expect(error).toMatch(new RegExp(reason));
    expect(error).not.toContain(SECRET);
  });

  it.each([
    "",
    "Bearer",
    `Basic ${btoa("ada:secret")}`,
    good,
    `Bearer ${good} ${good}`,
    `Bearer ä`,
  ])("refuses the header %j", async (header) => {
    expect((await ask(Buffer.from(header).toString("latin1"))).status).toBe(401);
  });

  it("takes no token from the address, and no role from a header", async () => {
    expect((await ask(undefined, `/users?access_token=${good}&token=${good}`)).status).toBe(401);
    const viewer = await mintToken(SECRET, {
      sub: "eve",
      role: "viewer",
      expiresAtMs: time.now() + 60_000,
    });
    const headers = { authorization: `Bearer ${viewer}`, "X-Role": "admin" };
    expect((await demo.request("/lab/pause", { method: "POST", headers })).status).toBe(403);
  });

  it("records who has done it: the subject of the token", async () => {
    const headers = { authorization: `Bearer ${good}` };
    const body = { name: "Grace", email: "grace@example.org" };
    const made = await demo.send("POST", "/users", body, headers);
    expect(made.status).toBe(201);
    const path = `${made.headers.get("location")}/history`;
    const { events } = (await (await demo.request(path, { headers })).json()) as {
      events: readonly unknown[];
    };
    expect(events).toMatchObject([{ actor: "ada", command: "CreateUser" }]);
    const stream = await SseConnection.open(
      `http://127.0.0.1:${demo.port}/events`,
      undefined,
      headers,
    );
    await stream.until(1);
    await stream.leave();
    const [{ data } = { data: undefined }] = stream.events;
    expect((data as { metadata: object }).metadata).not.toHaveProperty("role");
  });

  it("answers anybody's host, for it does not go by the address", async () => {
    const answer = await demo.raw(
      `GET /users HTTP/1.1\r\nHost: demo.example.org\r\nAuthorization: Bearer ${good}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("ends a stream when the token runs out, and without a word in the log", async () => {
    const exp = Math.floor(time.now() / 1_000) + 60;
    const authorization = `Bearer ${hmac(HS256, { ...CLAIMS, exp })}`;
    const base = `http://127.0.0.1:${demo.port}`;
    const streams = await Promise.all(
      ["/events", "/lab/status/stream"].map((path) =>
        SseConnection.open(`${base}${path}`, undefined, { authorization }),
      ),
    );
    const ended = Promise.all(streams.map((stream) => stream.ended()));
    await time.drive(ended);
    expect(time.now()).toBeGreaterThanOrEqual(exp * 1_000);
    await expect(
      SseConnection.open(`${base}/events`, undefined, { authorization }),
    ).rejects.toThrow("expired");
  });
});
