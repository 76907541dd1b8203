import type { Clock } from "@counterpoint/events";
import { SignJWT, errors, jwtVerify } from "jose";
import type { Role } from "./role.ts";
import { isRole } from "./role.ts";

/** Who a token speaks for, and until when. */
export interface Claims {
  readonly sub: string;
  readonly role: Role;
  readonly expiresAtMs: number;
}

/** An HMAC key is at least as long as the hash (RFC 7518, 3.2). */
export const MIN_SECRET_BYTES = 32;

const ALGORITHM = "HS256";
/** What an audit trail can show on one line, in the order in which it was written. */
const SUBJECT = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,200}$/u;

/** Tells whether somebody can be named so in a token. */
export function isSubject(value: unknown): value is string {
  return typeof value === "string" && SUBJECT.test(value) && value.trim() !== "";
}

/** Signs a token for somebody. */
export function mintToken(secret: string, { sub, role, expiresAtMs }: Claims): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(Math.floor(expiresAtMs / 1_000))
    .sign(keyOf(secret));
}

/**
 * Makes a check of tokens: signed with this secret by HS256 and nothing else, in force, and with all claims.
 *
 * @returns The claims, or in a few words what is wrong.
 */
export function tokenVerifier(
  secret: string,
  clock: Clock,
): (token: string) => Promise<Claims | string> {
  const key = keyOf(secret);
  return async function verify(token) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        requiredClaims: ["sub", "exp", "role"],
        currentDate: new Date(clock.now()),
      });
      const { sub, role, exp = 0 } = payload;
      if (!isSubject(sub)) return "the claim sub names nobody";
      if (!isRole(role)) return "the claim role is none of viewer, editor and admin";
      return { sub, role, expiresAtMs: exp * 1_000 };
    } catch (error) {
      return reasonOf(error);
    }
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "nbf" && error.reason === "check_failed") return "it is not valid yet";
    return `the claim ${error.claim} is missing or invalid`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "it is not signed by HS256";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the signature is wrong";
  return "it is no JSON Web Token";
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
