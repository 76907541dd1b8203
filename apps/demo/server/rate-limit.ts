import { ProblemError, problem } from "@counterpoint/hono";
import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { callerOf } from "./access/authenticate.ts";

/** How many requests one actor may send. */
export interface RateLimit {
  readonly requests: number;
  readonly perSeconds: number;
}

/**
 * Bounds how much one actor may ask for, so that nobody takes the server from the others: 429 with `Retry-After` beyond. It
 * counts in this process alone, and forgets an actor when the time is over.
 */
export function rateLimit({ requests, perSeconds }: RateLimit): MiddlewareHandler {
  const limiter = new RateLimiterMemory({ points: requests, duration: perSeconds });
  return async function rateLimit(c, next) {
    await limiter.consume(callerOf(c).actor).catch((refused: unknown) => {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfterS = Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
      const detail = `You may send ${requests} requests in ${perSeconds} seconds.`;
      throw new ProblemError(problem(429, "TOO_MANY_REQUESTS", detail, { retryAfterS }));
    });
    return next();
  };
}
