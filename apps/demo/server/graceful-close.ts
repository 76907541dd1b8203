import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Follows the connections of a server, so that it can be closed without haste and without delay.
 *
 * Node's own `closeIdleConnections` passes over connections that have never sent a request, as browsers open them ahead of
 * need, and looks only once: a stream that ends later leaves its connection alive.
 *
 * @returns Closes the server: requests under way get their answers, at most for so many milliseconds; whoever else is
 *   connected is cut off.
 */
export function gracefulClose(server: Server): (patienceMs: number) => Promise<void> {
  const connections = new Set<Socket>();
  const underWay = new Set<IncomingMessage>();
  let closing = false;

  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("request", (incoming, outgoing) => {
    underWay.add(incoming);
    outgoing.once("close", () => {
      underWay.delete(incoming);
      if (closing) hangUp();
    });
  });

  return async function close(patienceMs) {
    closing = true;
    const impatient = setTimeout(() => server.closeAllConnections(), patienceMs);
    const closed = new Promise((resolve) => server.close(resolve));
    hangUp();
    await closed;
    clearTimeout(impatient);
  };

  function hangUp(): void {
    const busy = new Set([...underWay].map(({ socket }) => socket));
    for (const socket of connections) if (!busy.has(socket)) socket.destroy();
  }
}
