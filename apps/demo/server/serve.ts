import type { Server } from "node:http";
import type { ServerType } from "@hono/node-server";
import { serve as listen } from "@hono/node-server";
import { createMemoryStore } from "@counterpoint/memory";
import { createApi } from "./api.ts";
import type { CliOptions } from "./cli.ts";
import { UsageError } from "./cli.ts";
import { buildPage, servePage } from "./page.ts";
import { usersSync, wireDemo } from "./wiring.ts";

const HOSTNAME = "127.0.0.1";
const PATIENCE_MS = 5_000;

/** A demo that is up. */
export interface RunningDemo {
  readonly url: string;
  /** Resolves when the page is built. Rejects when it cannot be; the API works all the same. */
  readonly page: Promise<unknown>;
  /** Lets requests finish, ends streams and stops the projector. */
  stop(): Promise<void>;
}

/**
 * Starts the demo.
 *
 * @throws {UsageError} When the port is taken.
 */
export async function startDemo({ port, store, delayMs }: CliOptions): Promise<RunningDemo> {
  const closing = new AbortController();
  const demo = wireDemo({
    store: createMemoryStore({ inline: [usersSync] }),
    storeName: store,
    delayMs,
    createId: () => crypto.randomUUID(),
  });
  const page = buildPage();
  page.catch(() => {}); // reported by whoever awaits it
  const app = createApi(demo, closing.signal).get("*", servePage(page));
  await demo.projector.start();
  const server = await listening(app.fetch, port);

  return {
    url: `http://localhost:${portOf(server)}`,
    page,
    async stop() {
      closing.abort();
      await closed(server);
      await demo.projector.stop();
    },
  };
}

function listening(fetch: Parameters<typeof listen>[0]["fetch"], port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = listen({ fetch, port, hostname: HOSTNAME }, () => {
      server.off("error", failed);
      resolve(server);
    }) as ServerType as Server; // without further options it listens as plain node:http
    server.once("error", failed);

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

async function closed(server: Server): Promise<void> {
  const impatient = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearTimeout(impatient);
}
