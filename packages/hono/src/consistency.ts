import { decodeToken } from "@counterpoint/events";
import type { Projector } from "@counterpoint/read-model";
import type { Context, MiddlewareHandler } from "hono";
import { preferredWaitS } from "./prefer.ts";

/** Carries a consistency token, in both directions. */
export const CONSISTENCY_TOKEN = "Consistency-Token";

export interface ReadYourWritesOptions {
  /** The projection that serves these routes. */
  readonly projection: string;
  /** Seconds to wait when the client does not say; default 2. */
  readonly defaultWaitS?: number;
  /** Seconds to wait at the most, whatever the client says; default 30. */
  readonly maxWaitS?: number;
  /** Tells whether a request is answered by this projection at all. Default: always. */
  readonly applies?: (context: Context) => boolean;
}

/**
 * Lets a client read what it has written: a request that presents a `Consistency-Token` waits until the projection is
 * at least that fresh, at most `Prefer: wait=N` seconds.
 *
 * Too late is an error (`STALE`, 503 with `Retry-After` and the lag), never an old answer. Without a token nothing waits.
 * A client that goes away no longer waits.
 *
 * @throws {EventStoreError} `INVALID_TOKEN` (400), also when the projection is not asked.
 * @throws {ReadModelError} What `Projector.waitFor` throws (503).
 * @see https://www.rfc-editor.org/rfc/rfc7240 for `Prefer`
 */
export function readYourWrites(
  projector: Pick<Projector, "waitFor">,
  { projection, defaultWaitS = 2, maxWaitS = 30, applies = () => true }: ReadYourWritesOptions,
): MiddlewareHandler {
  return async function readYourWrites(c, next) {
    const token = c.req.header(CONSISTENCY_TOKEN);
    if (token !== undefined) {
      decodeToken(token);
      c.header("Cache-Control", "no-store"); // fresh enough for this token, not for the next one
      if (applies(c)) await wait(c, token);
    }
    return next();
  };

  async function wait(c: Context, token: string): Promise<void> {
    const preferred = preferredWaitS(c.req.header("prefer") ?? "");
    const waitS = Math.min(preferred ?? defaultWaitS, maxWaitS);
    if (preferred !== undefined) c.header("Preference-Applied", `wait=${waitS}`);
    await projector.waitFor(token, {
      projection,
      timeoutMs: waitS * 1000,
      signal: c.req.raw.signal,
    });
  }
}
