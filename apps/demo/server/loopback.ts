import { problem, problemResponse } from "@counterpoint/hono";

type Fetch<TEnv> = (request: Request, env: TEnv) => Response | Promise<Response>;

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/i;
const READING = /^(GET|HEAD|OPTIONS)$/;

/**
 * Lets in nobody but this machine's own programs, and the pages of this very server.
 *
 * Without a login the address is all there is to go by, and two things get past it: a foreign name that resolves to
 * 127.0.0.1 (DNS rebinding shows in the host), and a foreign page that sends a form here (it shows in the origin).
 */
export function loopbackOnly<TEnv>(fetch: Fetch<TEnv>): Fetch<TEnv> {
  return function loopbackOnly(request, env) {
    const { method, headers } = request;
    const host = headers.get("host") ?? new URL(request.url).host;
    if (!LOOPBACK.test(host)) {
      const detail = "Without a login this server answers to localhost, 127.0.0.1 and [::1] alone.";
      return problemResponse(problem(421, "FOREIGN_HOST", detail));
    }
    const origin = headers.get("origin");
    if (origin !== null && !READING.test(method) && !isSame(origin, host)) {
      const detail =
        "Without a login this server takes writes from its own page and from programs alone.";
      return problemResponse(problem(403, "FOREIGN_ORIGIN", detail));
    }
    return fetch(request, env);
  };
}

function isSame(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
