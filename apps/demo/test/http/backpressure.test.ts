import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { logStream } from "@counterpoint/hono";
import type { EventLog } from "@counterpoint/events";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { createHttpServer } from "../../server/http-server.ts";

it("reads no further ahead for clients that never read than fits into their sockets", async () => {
  let batches = 0;
  const endless: Pick<EventLog, "readLog" | "onAppend"> = {
    async readLog({ after, limit }) {
      batches += 1;
      const events = Array.from({ length: limit }, (_, index) => ({
        type: "Happened",
        payload: "x".repeat(10_000),
        stream: "s",
        version: after + index + 1,
        position: after + index + 1,
        recordedAt: new Date(0),
        metadata: { id: "1" },
      }));
      return { events, head: Number.MAX_SAFE_INTEGER };
    },
    onAppend: () => ({ [Symbol.dispose]() {} }),
  };
  const closing = new AbortController();
  const app = new Hono().get("/", logStream(endless, { signal: closing.signal }));
  const server = createHttpServer(app.fetch).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sockets = Array.from({ length: 5 }, () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.pause().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return socket;
  });

  // A server that queued for them would never come to rest, and run out of memory instead.
  let before: number;
  do {
    before = batches;
    for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate);
  } while (batches !== before || batches < sockets.length);
  expect(batches / sockets.length).toBeLessThan(50); // megabytes, each

  closing.abort();
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
