import type { Server } from "node:http";
import type { Tracer } from "@opentelemetry/api";
import type { Clock, Scheduler } from "@counterpoint/events";
import { systemClock, systemScheduler } from "@counterpoint/events";
import type { Access } from "./access/authenticate.ts";
import { tokenVerifier } from "./access/token.ts";
import { createApi } from "./api.ts";
import type { CliOptions } from "./cli.ts";
import { DEFAULT_HOST, UsageError } from "./cli.ts";
import { openExercise } from "./exercise/open-exercise.ts";
import { gracefulClose } from "./graceful-close.ts";
import { createHttpServer } from "./http-server.ts";
import type { Patience } from "./http-server.ts";
import { loopbackOnly } from "./loopback.ts";
import type { Page } from "./page.ts";
import { buildPage } from "./page.ts";
import type { RateLimit } from "./rate-limit.ts";
import { openStore } from "./stores.ts";
import { wireDemo } from "./wiring.ts";

const STOP_PATIENCE_MS = 5_000;

/** A demo that is up. */
export interface RunningDemo {
  readonly url: string;
  /** Where the data lives, for people. */
  readonly store: string;
  readonly access: Access["mode"];
  /** All that it answers to, middleware included. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** Resolves when the page is built. Rejects when it cannot be; the API works all the same. */
  readonly page: Promise<unknown>;
  /** The exercise that is played beside, if one is. */
  readonly exercise: { readonly title: string; readonly url: string } | undefined;
  /** Lets requests finish, ends streams, sends those who wait away and stops the projector. */
  stop(): Promise<void>;
}

/** What a demo finds around it; tests bring their own. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly createPage?: () => Promise<Page>;
  readonly patience?: Patience;
  readonly rate?: RateLimit;
  /** Makes spans of what happens. */
  readonly tracer?: Tracer | undefined;
  /** How long an experiment of the lab waits between its steps; milliseconds. */
  readonly beatMs?: number;
  /** How long the code of an exercise may take for one act; milliseconds. */
  readonly exercisePatienceMs?: number;
}

/**
 * Starts the demo.
 *
 * @throws {UsageError} When the port is taken, the store cannot be opened or the exercise cannot be played.
 */
export async function startDemo(
  options: CliOptions,
  surroundings: Surroundings = {},
): Promise<RunningDemo> {
  const { clock = systemClock, scheduler = systemScheduler } = surroundings;
  const { createPage = buildPage, patience, exercisePatienceMs } = surroundings;
  const { rate = ratePerMinute(options) } = surroundings;
  const { port, host = DEFAULT_HOST, authSecret } = options;
  const access: Access =
    authSecret === undefined
      ? { mode: "open" }
      : { mode: "token", verify: tokenVerifier(authSecret, clock) };
  const closing = new AbortController();
  const exercise = openExercise(options, exercisePatienceMs);
  const opened = await openStore({ ...options, clock }).catch((error: unknown) =>
    exercise.close().then(() => Promise.reject(error)),
  );
  const demo = wireDemo({
    store: opened.store,
    attempts: opened.attempts,
    storeName: options.store,
    openSpareStore: opened.openSpare,
    connectionString: opened.connectionString,
    delayMs: options.delayMs,
    createId: () => crypto.randomUUID(),
    access: access.mode,
    tracer: surroundings.tracer,
    beatMs: surroundings.beatMs,
    clock,
    scheduler,
  });
  let building: Promise<Page> | undefined;
  const page = (): Promise<Page> => (building ??= createPage());
  const api = createApi(demo, {
    ...{ closing: closing.signal, access, page, scheduler, noExercise: exercise.notice },
    ...(rate && { rate }),
  });
  const app = api.route("/exercise", exercise.routes);
  const answer: typeof app.fetch = access.mode === "open" ? loopbackOnly(app.fetch) : app.fetch;
  const server = createHttpServer(answer, patience);
  const close = gracefulClose(server);
  try {
    await demo.ordering.clearAway();
    await demo.projector.start();
    await listening(server, port, host);
  } catch (error) {
    await demo.projector.stop();
    await Promise.all([opened.close(), exercise.close()]);
    throw error;
  }
  page().catch(() => {}); // begins now; reported by whoever awaits it

  const url = `http://${host === DEFAULT_HOST ? "localhost" : host}:${portOf(server)}`;
  return {
    url,
    store: opened.description,
    access: access.mode,
    routes: app.routes,
    page: page(),
    exercise:
      exercise.title === undefined ? undefined : { title: exercise.title, url: `${url}/exercise` },
    async stop() {
      closing.abort();
      await Promise.all([close(STOP_PATIENCE_MS), demo.projector.stop(), demo.ordering.close()]);
      await Promise.all([opened.close(), exercise.close()]);
    },
  };
}

function ratePerMinute({ ratePerMinute: requests }: CliOptions): RateLimit | undefined {
  return requests === undefined ? undefined : { requests, perSeconds: 60 };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", failed).listen(port, host, () => {
      server.off("error", failed);
      resolve();
    });

    function failed(error: NodeJS.ErrnoException): void {
      reject(unusable(port, host, error) ?? error);
    }
  });
}

function unusable(
  port: number,
  host: string,
  { code }: NodeJS.ErrnoException,
): UsageError | undefined {
  switch (code) {
    case "EADDRINUSE":
    case "EACCES": {
      const why = code === "EADDRINUSE" ? "is in use" : "is not allowed for you";
      const other = port >= 1024 && port < 65_535 ? port + 1 : 3000;
      return new UsageError(`Port ${port} ${why}. Try another: npm run demo -- --port ${other}`);
    }
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new UsageError(`HOST names ${host}, which is no address of this machine.`);
    default:
      return undefined;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
