import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { UsageError } from "../cli.ts";
import { tokenCommand } from "./token-command.ts";
import { tokenVerifier } from "./token.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const ENV = { AUTH_SECRET: SECRET };
const NOW_MS = 1_800_000_000_000;
const SOMEBODY = ["--role", "editor", "--sub", "ada"];

describe("npm run demo -- token", () => {
  it("mints a token that the server takes", async () => {
    const token = await tokenCommand(SOMEBODY, ENV, NOW_MS);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT" });
    const verify = tokenVerifier(SECRET, { now: () => NOW_MS });
    expect(await verify(token)).toEqual({
      sub: "ada",
      role: "editor",
      expiresAtMs: NOW_MS + 3_600_000,
    });
  });

  it.each([
    ["90s", 90],
    ["15m", 900],
    ["8h", 28_800],
    ["365d", 31_536_000],
  ])("gives it %s", async (ttl, seconds) => {
    const token = await tokenCommand([...SOMEBODY, "--ttl", ttl], ENV, NOW_MS);
    expect(decodeJwt(token).exp).toBe(NOW_MS / 1_000 + seconds);
  });

  it.each<[args: readonly string[], env: Readonly<Record<string, string>>, message: string]>([
    [SOMEBODY, {}, "AUTH_SECRET"],
    [SOMEBODY, { AUTH_SECRET: "short" }, "AUTH_SECRET must have at least 32 bytes, got 5."],
    [["--sub", "ada"], ENV, "--role must be one of viewer, editor, admin, got nothing."],
    [["--role", "Admin", "--sub", "ada"], ENV, 'got "Admin"'],
    [["--role", "editor"], ENV, "--sub must name somebody"],
    [["--role", "editor", "--sub", " "], ENV, "--sub must name somebody"],
    [["--role", "editor", "--sub", "a\nb"], ENV, "--sub must name somebody"],
    [[...SOMEBODY, "--ttl", "0s"], ENV, "--ttl must read like"],
    [[...SOMEBODY, "--ttl", "366d"], ENV, "--ttl must read like"],
    [[...SOMEBODY, "--ttl", "1h30m"], ENV, "--ttl must read like"],
    [[...SOMEBODY, "--tll", "1h"], ENV, "Usage: npm run demo -- token"],
  ])("refuses %j in one sentence that says what to do", async (args, env, message) => {
    await expect(tokenCommand(args, env, NOW_MS)).rejects.toThrow(UsageError);
    await expect(tokenCommand(args, env, NOW_MS)).rejects.toThrow(message);
  });
});
