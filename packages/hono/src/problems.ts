import type { Context, ErrorHandler, Hono, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Problem } from "./problem.ts";
import { problem, problemBody, problemHeaders, problemOf } from "./problem.ts";

export interface ProblemsOptions {
  /** Describes errors of your domain. `undefined`: not mine, describe it as usual. */
  readonly describe?: (error: unknown) => Problem | undefined;
  /** Hears of every error of the server (5xx) whose message clients do not get to read. Default: the console. */
  readonly report?: (error: unknown, request: Request) => void;
}

/**
 * Makes the error handler of an app: every error becomes a problem, none shows a stack.
 *
 * Headers that were set before the error stay (a correlation id, `WWW-Authenticate` of an `HTTPException`).
 *
 * @example
 * ```ts
 * import { problem, problems } from "@counterpoint/hono";
 * import { Hono } from "hono";
 *
 * class UserNotFound extends Error {}
 *
 * const app = new Hono();
 * app.onError(
 *   problems({
 *     describe: (error) =>
 *       error instanceof UserNotFound ? problem(404, "USER_NOT_FOUND", error.message) : undefined,
 *   }),
 * );
 * app.get("/users/7", () => {
 *   throw new UserNotFound("There is no user 7.");
 * });
 * const response = await app.request("/users/7");
 * (await response.json()).code; // => "USER_NOT_FOUND"
 * ```
 */
export function problems(options: ProblemsOptions = {}): ErrorHandler {
  const { describe, report = reportToConsole } = options;
  return function problems(error, c) {
    const found = describe?.(error) ?? problemOf(error);
    if (found.status >= 500 && found.detail !== error.message) report(error, c.req.raw);
    if (error instanceof HTTPException && error.res) {
      for (const [name, value] of error.res.headers) {
        if (!name.startsWith("content-")) c.header(name, value, { append: true });
      }
    }
    return answer(c, found);
  };
}

/**
 * Makes the handler for requests that no route takes: 404 for a path that leads nowhere, 405 with `Allow` for a method
 * that a path does not know, and an answer to OPTIONS.
 *
 * @param app - The app whose routes count; without it everything is a 404. Routes that end in `*` do not count.
 * @example
 * ```ts
 * import { notFoundProblem } from "@counterpoint/hono";
 * import { Hono } from "hono";
 *
 * const app = new Hono().get("/users", (c) => c.json([]));
 * app.notFound(notFoundProblem(app));
 * (await app.request("/users", { method: "DELETE" })).status; // => 405
 * ```
 */
export function notFoundProblem(app?: Pick<Hono, "routes" | "router">): NotFoundHandler {
  return function notFoundProblem(c) {
    const { method, path } = c.req;
    const allowed = app ? methodsOf(app, path) : [];
    if (allowed.length === 0 || (allowed.includes(method) && method !== "OPTIONS")) {
      return answer(c, problem(404, "NOT_FOUND", `There is nothing at ${method} ${path}.`));
    }
    c.header("Allow", allowed.join(", "));
    if (method === "OPTIONS") return c.body(null, 204);
    const expected = `Expected one of ${allowed.join(", ")}, got ${method}.`;
    return answer(c, problem(405, "METHOD_NOT_ALLOWED", expected));
  };
}

function methodsOf({ routes, router }: Pick<Hono, "routes" | "router">, path: string): string[] {
  const methods = new Set(routes.map(({ method }) => method));
  methods.delete("ALL");
  const taken = [...methods].filter((method) =>
    router
      .match(method, path)[0]
      .some(([[, route]]) => route.method === method && !route.path.endsWith("*")),
  );
  if (taken.length === 0) return [];
  return [...taken, ...(taken.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort();
}

function answer(c: Context, problem: Problem): Response {
  return c.body(problemBody(problem, c.req.path), problem.status, problemHeaders(problem));
}

function reportToConsole(error: unknown, { method, url }: Request): void {
  console.error(`${method} ${new URL(url).pathname} failed:`, error);
}
