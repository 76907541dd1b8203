import { limitBody, logStream, notFoundProblem, problem, problems } from "@counterpoint/hono";
import type { Scheduler } from "@counterpoint/events";
import { systemScheduler } from "@counterpoint/events";
import { Hono } from "hono";
import { health } from "./health.ts";
import { labRoutes } from "./lab/routes.ts";
import { requestContext } from "./request-context.ts";
import { userRoutes } from "./users/routes.ts";
import { UserError } from "./users/user-error.ts";
import type { Demo } from "./wiring.ts";

const MAX_BODY_BYTES = 64 * 1024;

export interface ApiOptions {
  /** Ends all streams when the server is about to stop. */
  readonly closing: AbortSignal;
  readonly scheduler?: Scheduler;
}

/** Makes the HTTP face of the demo. */
export function createApi(
  { store, projector, commands, queries }: Demo,
  { closing, scheduler = systemScheduler }: ApiOptions,
) {
  const app = new Hono();
  app.onError(problems({ describe: describeUserError }));
  app.notFound(notFoundProblem(app));
  app.use(limitBody(MAX_BODY_BYTES));
  const context = requestContext(() => crypto.randomUUID());
  const options = { commands, queries, projector, context, signal: closing, scheduler };
  return app
    .route("/users", userRoutes(options))
    .route("/lab", labRoutes({ ...options, onChange: (listener) => projector.onChange(listener) }))
    .route("/health", health({ store, projector }))
    .get("/events", logStream(store, { signal: closing, scheduler }));
}

/** The type that the page's client is made from. */
export type Api = ReturnType<typeof createApi>;

function describeUserError(error: unknown) {
  if (!(error instanceof UserError)) return undefined;
  return problem(error.code === "USER_NOT_FOUND" ? 404 : 409, error.code, error.message);
}
