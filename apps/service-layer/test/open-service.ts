import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createApp } from "../src/app.ts";

/** Starts the service behind a real socket, on a free port. */
export async function openService({ clock = { now: () => Date.now() } } = {}) {
  const app = createApp({ createId: () => crypto.randomUUID(), clock });
  const server = createAdaptorServer({ fetch: app.fetch });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}
