import type { ErrorHandler, NotFoundHandler } from "hono";
import type { Problem } from "./problem.ts";
import { problem, problemOf, problemResponse } from "./problem.ts";

export interface ProblemsOptions {
  /** Describes errors of your domain. `undefined`: not mine, describe it as usual. */
  readonly describe?: (error: unknown) => Problem | undefined;
  /** Hears of every error that clients are told nothing about (status 500). Default: the console. */
  readonly report?: (error: unknown, request: Request) => void;
}

/**
 * Makes the error handler of an app: every error becomes a problem, none shows a stack.
 *
 * @example
 * app.onError(problems({ describe: (error) => (isUserError(error) ? problem(404, error.code, error.message) : undefined) }));
 */
export function problems(options: ProblemsOptions = {}): ErrorHandler {
  const { describe, report = reportToConsole } = options;
  return function problems(error, { req }) {
    const found = describe?.(error) ?? problemOf(error);
    if (found.status === 500) report(error, req.raw);
    return problemResponse(found, req.path);
  };
}

/** Makes the handler for paths that lead nowhere. */
export function notFoundProblem(): NotFoundHandler {
  return function notFoundProblem({ req }) {
    return problemResponse(
      problem(404, "NOT_FOUND", `There is nothing at ${req.method} ${req.path}.`),
      req.path,
    );
  };
}

function reportToConsole(error: unknown, { method, url }: Request): void {
  console.error(`${method} ${new URL(url).pathname} failed:`, error);
}
