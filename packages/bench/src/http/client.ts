import { Socket } from "node:net";

/**
 * Asks for one path over and over, on connections that stay open, each one request at a time. Written over sockets, because
 * Node's own client would be slower than the servers that it should measure.
 *
 * @throws {Error} When an answer is not 200.
 */
export async function requestAll(
  port: number,
  path: string,
  count: number,
  connections: number,
): Promise<void> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  let left = count;
  const take = (): boolean => left-- > 0;
  await Promise.all(
    Array.from({ length: Math.min(connections, count) }, () => keepAsking(port, request, take)),
  );
}

function keepAsking(port: number, request: Buffer, take: () => boolean): Promise<void> {
  const socket = new Socket();
  socket.setNoDelay(true);
  let length = 0;
  let received: Buffer = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (take()) socket.write(request);
      else socket.end();
    };
    socket.once("close", () => resolve());
    socket.once("error", reject);
    socket.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      try {
        length ||= lengthOf(received);
      } catch (error) {
        reject(error);
        socket.destroy();
      }
      // All answers are alike, so that one is known by its length.
      if (length > 0 && received.length >= length) {
        if (received.toString("latin1", 9, 12) !== "200") {
          reject(new Error(`Answered ${received.toString("latin1", 9, 12)}.`));
          socket.destroy();
          return;
        }
        received = Buffer.alloc(0);
        next();
      }
    });
    socket.connect(port, "127.0.0.1", next);
  });
}

/** How long an answer is with its head; 0 while the head is not complete. */
function lengthOf(received: Buffer): number {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return 0;
  const head = received.toString("latin1", 0, end);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`Expected an answer with a length, got:\n${head}`);
  return end + 4 + Number(length);
}
