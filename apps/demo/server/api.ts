import { limitBody, logStream, notFoundProblem, problem, problems } from "@counterpoint/hono";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { health } from "./health.ts";
import { labRoutes } from "./lab/routes.ts";
import { requestContext } from "./request-context.ts";
import { userRoutes } from "./users/routes.ts";
import { UserError } from "./users/user-error.ts";
import type { Demo } from "./wiring.ts";

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Makes the HTTP face of the demo.
 *
 * @param closing - Ends all streams when the server is about to stop.
 */
export function createApi({ store, projector, commands, queries }: Demo, closing: AbortSignal) {
  const app = new Hono();
  app.onError(problems({ describe: describeUserError }));
  app.notFound(notFoundProblem());
  app.use(secureHeaders(HEADERS), limitBody(MAX_BODY_BYTES));
  const context = requestContext(() => crypto.randomUUID());
  const options = { commands, queries, projector, context, signal: closing };
  return app
    .route("/users", userRoutes(options))
    .route("/lab", labRoutes({ ...options, onChange: (listener) => projector.onChange(listener) }))
    .route("/health", health({ store, projector }))
    .get("/events", logStream(store, { signal: closing }));
}

/** The type that the page's client is made from. */
export type Api = ReturnType<typeof createApi>;

const HEADERS: Parameters<typeof secureHeaders>[0] = {
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
  },
  strictTransportSecurity: false, // the demo speaks plain HTTP on loopback
};

function describeUserError(error: unknown) {
  if (!(error instanceof UserError)) return undefined;
  return problem(error.code === "USER_NOT_FOUND" ? 404 : 409, error.code, error.message);
}
