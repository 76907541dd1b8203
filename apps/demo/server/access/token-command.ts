import { parseArgs } from "node:util";
import { UsageError, checkSecret } from "../cli.ts";
import type { Role } from "./role.ts";
import { ROLES, isRole } from "./role.ts";
import { isSubject, mintToken } from "./token.ts";

const USAGE = "npm run demo -- token --role <viewer|editor|admin> --sub <name> [--ttl 1h]";
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const MAX_TTL_MS = 365 * 86_400_000;

/**
 * Mints a token with the secret that the server has.
 *
 * @throws {UsageError} Saying what to do instead.
 */
export async function tokenCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): Promise<string> {
  const { role, sub, ttl } = parse(args);
  const secret = env["AUTH_SECRET"];
  if (secret === undefined) {
    throw new UsageError("Tokens are signed with AUTH_SECRET: set it to what the server has.");
  }
  const claims = { role: roleOf(role), sub: subjectOf(sub), expiresAtMs: nowMs + msOf(ttl) };
  return mintToken(checkSecret(secret), claims);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        role: { type: "string" },
        sub: { type: "string" },
        ttl: { type: "string", default: "1h" },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new UsageError(`${message}. Usage: ${USAGE}`);
  }
}

function roleOf(given: string | undefined): Role {
  if (isRole(given)) return given;
  throw new UsageError(`--role must be one of ${ROLES.join(", ")}, got ${shown(given)}.`);
}

function subjectOf(given: string | undefined): string {
  if (isSubject(given)) return given;
  throw new UsageError(`--sub must name somebody in 1 to 200 characters, got ${shown(given)}.`);
}

function msOf(ttl: string): number {
  const [, count = "", unit = ""] = /^([1-9][0-9]{0,8})([smhd])$/.exec(ttl) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? 0);
  if (ms > 0 && ms <= MAX_TTL_MS) return ms;
  throw new UsageError(`--ttl must read like 90s, 15m, 8h or 30d, at most 365d, got "${ttl}".`);
}

function shown(given: string | undefined): string {
  return given === undefined ? "nothing" : `"${given}"`;
}
