import { limitBody, notFoundProblem, problem, problems, queryRoute } from "@counterpoint/hono";
import type { Scheduler } from "@counterpoint/events";
import { systemScheduler } from "@counterpoint/events";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Access } from "./access/authenticate.ts";
import { authenticate } from "./access/authenticate.ts";
import { GetSession } from "./access/session.ts";
import { describeApi } from "./docs/openapi.ts";
import { docsRoutes } from "./docs/routes.ts";
import { health } from "./health.ts";
import { LabError } from "./lab/lab-error.ts";
import { labRoutes } from "./lab/routes.ts";
import { logRoutes } from "./log/routes.ts";
import { OrderingError } from "./ordering/ordering-error.ts";
import { orderingRoutes } from "./ordering/routes.ts";
import type { Page } from "./page.ts";
import { pageRoutes } from "./page.ts";
import type { RateLimit } from "./rate-limit.ts";
import { rateLimit } from "./rate-limit.ts";
import { requestContext } from "./request-context.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { watchHttp } from "./telemetry/http-watch.ts";
import type { Measures } from "./telemetry/measures.ts";
import { metricsRoute } from "./telemetry/route.ts";
import { userRoutes } from "./users/routes.ts";
import { UserError } from "./users/user-error.ts";
import type { Demo } from "./wiring.ts";

const MAX_BODY_BYTES = 64 * 1024;

export interface ApiOptions {
  /** Ends all streams when the server is about to stop. */
  readonly closing: AbortSignal;
  /** How to find out who asks. Default: open. */
  readonly access?: Access;
  /** How much one actor may ask for, 0 for any number; without tokens everybody is the same one, and nothing is counted. */
  readonly rate?: RateLimit;
  /** What to answer at `/exercise` when none is played; open to everybody. */
  readonly noExercise?: Hono;
  /** What to show at `/`. */
  readonly page: () => Promise<Page>;
  readonly scheduler?: Scheduler;
}

/**
 * Makes the HTTP face of the demo. Open to everybody are the page, which asks for a token itself, and the health checks,
 * for what can bring none; whatever is added below the middle needs to know who asks.
 */
export function createApi(demo: Demo, options: ApiOptions) {
  const { store, projector, commands, queries, measures, tracer } = demo;
  const { closing, access = { mode: "open" }, page, scheduler = systemScheduler } = options;
  const { rate = { requests: 6_000, perSeconds: 60 } } = options;
  const app = new Hono();
  app.onError(problems({ describe }));
  app.notFound(notFoundProblem(app));
  const now = () => performance.now();
  app.use(watchHttp({ record: measures.onHttp, tracer, now }), secureHeaders(SECURITY_HEADERS));
  const context = requestContext(() => crypto.randomUUID());
  const { waiters, streams } = measures;
  const patient: Pick<typeof projector, "waitFor"> = {
    waitFor(token, options) {
      waiters.inc();
      return projector.waitFor(token, options).finally(waiters.dec);
    },
  };
  const shared = { commands, queries, projector: patient, context, signal: closing, scheduler };
  const statusChanges = counted(streams, "status", (wake) => projector.onChange(wake));
  const appends = counted(streams, "events", (wake) => store.onAppend(wake));
  return app
    .route("/", pageRoutes(page))
    .route("/exercise", options.noExercise ?? new Hono())
    .route("/health", health({ store, projector, scheduler }))
    .route(
      "/",
      docsRoutes(() => describeApi(app, access.mode)),
    )
    .use(authenticate(access))
    .use(access.mode === "token" && rate.requests > 0 ? rateLimit(rate) : (_c, next) => next())
    .use(limitBody(MAX_BODY_BYTES))
    .get(
      "/session",
      queryRoute(queries, GetSession, {
        context,
        reply: (body) => ({ status: 200, body }),
        docs: { summary: "Says what the server takes one for", status: 200 },
      }),
    )
    .get("/metrics", metricsRoute(queries, context))
    .route("/users", userRoutes(shared))
    .route("/lab", labRoutes({ ...shared, onChange: statusChanges }))
    .route("/lab/ordering", orderingRoutes(shared))
    .route("/events", logRoutes({ ...shared, onAppend: appends }));
}

/** Counts who follows: each stream asks to be woken when it begins, and lets go when it ends. */
function counted(
  streams: Measures["streams"],
  name: string,
  subscribe: (wake: () => void) => Disposable,
): (wake: () => void) => Disposable {
  return function subscribeCounted(wake) {
    const subscription = subscribe(wake);
    streams.inc(name);
    let isOver = false;
    return {
      [Symbol.dispose]() {
        subscription[Symbol.dispose]();
        if (!isOver) streams.dec(name);
        isOver = true;
      },
    };
  };
}

/** The type that the page's client is made from. */
export type Api = ReturnType<typeof createApi>;

function describe(error: unknown) {
  if (error instanceof LabError) return problem(409, error.code, error.message);
  if (error instanceof OrderingError) {
    const isOver = error.code === "EXPERIMENT_CUT_SHORT";
    const more = isOver ? { retryAfterS: 5 } : {};
    return problem(isOver ? 503 : 409, error.code, error.told, more);
  }
  if (!(error instanceof UserError)) return undefined;
  return problem(error.code === "USER_NOT_FOUND" ? 404 : 409, error.code, error.message);
}
