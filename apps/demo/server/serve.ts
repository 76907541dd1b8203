import type { Server } from "node:http";
import type { Clock, Scheduler } from "@counterpoint/events";
import { systemClock, systemScheduler } from "@counterpoint/events";
import { createApi } from "./api.ts";
import type { CliOptions } from "./cli.ts";
import { UsageError } from "./cli.ts";
import { gracefulClose } from "./graceful-close.ts";
import { createHttpServer } from "./http-server.ts";
import type { Patience } from "./http-server.ts";
import { loopbackOnly } from "./loopback.ts";
import type { Page } from "./page.ts";
import { buildPage, pageRoutes } from "./page.ts";
import { openStore } from "./stores.ts";
import { wireDemo } from "./wiring.ts";

const HOSTNAME = "127.0.0.1";
const STOP_PATIENCE_MS = 5_000;

/** A demo that is up. */
export interface RunningDemo {
  readonly url: string;
  /** Where the data lives, for people. */
  readonly store: string;
  /** Resolves when the page is built. Rejects when it cannot be; the API works all the same. */
  readonly page: Promise<unknown>;
  /** Lets requests finish, ends streams, sends those who wait away and stops the projector. */
  stop(): Promise<void>;
}

/** What a demo finds around it; tests bring their own. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly createPage?: () => Promise<Page>;
  readonly patience?: Patience;
}

/**
 * Starts the demo.
 *
 * @throws {UsageError} When the port is taken or the store cannot be opened.
 */
export async function startDemo(
  options: CliOptions,
  surroundings: Surroundings = {},
): Promise<RunningDemo> {
  const { clock = systemClock, scheduler = systemScheduler } = surroundings;
  const { createPage = buildPage, patience } = surroundings;
  const { port } = options;
  const closing = new AbortController();
  const opened = await openStore({ ...options, clock });
  const demo = wireDemo({
    store: opened.store,
    storeName: options.store,
    delayMs: options.delayMs,
    createId: () => crypto.randomUUID(),
    clock,
    scheduler,
  });
  let building: Promise<Page> | undefined;
  const page = (): Promise<Page> => (building ??= createPage());
  const api = createApi(demo, { closing: closing.signal, scheduler });
  const app = api.route("/", pageRoutes(page));

  const server = createHttpServer(loopbackOnly(app.fetch), patience);
  const close = gracefulClose(server);
  try {
    await demo.projector.start();
    await listening(server, port);
  } catch (error) {
    await demo.projector.stop();
    await opened.close();
    throw error;
  }
  page().catch(() => {}); // begins now; reported by whoever awaits it

  return {
    url: `http://localhost:${portOf(server)}`,
    store: opened.description,
    page: page(),
    async stop() {
      closing.abort();
      await Promise.all([close(STOP_PATIENCE_MS), demo.projector.stop()]);
      await opened.close();
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", failed).listen(port, HOSTNAME, () => {
      server.off("error", failed);
      resolve();
    });

    function failed(error: NodeJS.ErrnoException): void {
      reject(
        error.code === "EADDRINUSE" || error.code === "EACCES" ? unusable(port, error.code) : error,
      );
    }
  });
}

function unusable(port: number, code: string): UsageError {
  const why = code === "EADDRINUSE" ? "is in use" : "is not allowed for you";
  const other = port >= 1024 && port < 65_535 ? port + 1 : 3000;
  return new UsageError(`Port ${port} ${why}. Try another: npm run demo -- --port ${other}`);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
