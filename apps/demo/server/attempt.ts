import { createHash } from "node:crypto";

/**
 * Gives an attempt an id that is always the same: the same command of the same actor under the same idempotency key. It is a
 * UUID of version 8, whose bits are the sender's own.
 */
export function idOfAttempt(type: string, actor: string, key: string): string {
  const text = JSON.stringify([type, actor, key]);
  const hash = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hash[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join("-");
}
