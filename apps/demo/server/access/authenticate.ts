import { ProblemError, problem } from "@counterpoint/hono";
import type { Context, MiddlewareHandler } from "hono";
import type { Role } from "./role.ts";
import { ROLES, isRole } from "./role.ts";
import type { Claims } from "./token.ts";

/** Who asks. */
export interface Caller {
  /** Recorded with every event: who has done it. */
  readonly actor: string;
  readonly role: Role;
  /** When the token runs out; absent where there is none. */
  readonly expiresAtMs?: number;
}

/** How the server finds out who asks. */
export type Access =
  /** Anybody on this machine acts as admin, or as what the header `X-Role` says, to try that. */
  | { readonly mode: "open" }
  /** Everybody brings a token. */
  | { readonly mode: "token"; readonly verify: (token: string) => Promise<Claims | string> };

/** Says which role to play, in open mode alone. */
const ROLE = "X-Role";
const REALM = 'Bearer realm="counterpoint"';
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Finds out who asks, for every route below: 401 with `WWW-Authenticate` for whoever cannot say.
 *
 * Streams bring the header too: the page reads them with `fetch`, which can send one, in the place of the browser's own
 * `EventSource`, which cannot. The other way, a ticket in the query string, would put a credential into addresses, and so
 * into logs and histories.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function authenticate(access: Access): MiddlewareHandler {
  return async function authenticate(c, next) {
    c.set("caller", access.mode === "open" ? playedBy(c) : await bearer(c, access.verify));
    return next();
  };
}

/** @throws {TypeError} On a route that `authenticate` does not guard. */
export function callerOf(c: Context): Caller {
  const caller = c.get("caller") as Caller | undefined; // nobody else sets it
  if (!caller) throw new TypeError(`Nobody asked who calls ${c.req.path}.`);
  return caller;
}

function playedBy({ req }: Context): Caller {
  const role = req.header(ROLE) ?? "admin";
  if (isRole(role)) return { actor: "anonymous", role };
  throw new ProblemError(
    problem(400, "INVALID_ROLE", `Expected ${ROLE} to be one of ${ROLES.join(", ")}.`),
  );
}

async function bearer(
  c: Context,
  verify: (token: string) => Promise<Claims | string>,
): Promise<Caller> {
  c.header("Cache-Control", "no-store");
  c.header("Vary", "Authorization");
  const given = c.req.header("authorization");
  if (given === undefined) {
    throw refused(
      c,
      REALM,
      "TOKEN_REQUIRED",
      "Bring a token, in the header Authorization: Bearer <token>.",
    );
  }
  const token = BEARER.exec(given)?.[1];
  const claims =
    token === undefined ? "the header is not of the form Bearer <token>" : await verify(token);
  if (typeof claims === "string") {
    const challenge = `${REALM}, error="invalid_token", error_description="${claims}"`;
    throw refused(c, challenge, "INVALID_TOKEN", `The token is refused: ${claims}.`);
  }
  const { sub, role, expiresAtMs } = claims;
  return { actor: sub, role, expiresAtMs };
}

function refused(c: Context, challenge: string, code: string, detail: string): ProblemError {
  c.header("WWW-Authenticate", challenge);
  return new ProblemError(problem(401, code, detail));
}
