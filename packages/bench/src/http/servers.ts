import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { Hono } from "hono";

/** A user as the read model of the demo holds it. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at: Date;
}
export type ReadUser = (id: string) => Promise<User | undefined>;

const PATH = /^\/users\/([^/?]+)$/;

/** Node alone: what every framework pays on top of. */
export function bareNode(read: ReadUser): Server {
  return createServer((request, response) => void answer(request, response, read));
}

/** Hono, and a handler that reads and answers; behind whatever middleware is given. */
export function bareHono(read: ReadUser, ...middleware: readonly MiddlewareHandler[]): Server {
  const app = new Hono();
  for (const each of middleware) app.use(each);
  app.get("/users/:id", async (c) => {
    const user = await read(c.req.param("id"));
    return user
      ? c.json({ ...user, created_at: user.created_at.toISOString() })
      : c.json({ error: "not found" }, 404);
  });
  return serverOf(app.fetch);
}

/** What answers to `Request` with `Response`, behind a socket. */
export function serverOf(fetch: Parameters<typeof getRequestListener>[0]): Server {
  const listener = getRequestListener(fetch);
  return createServer((request, response) => void listener(request, response));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  read: ReadUser,
): Promise<void> {
  const id = request.method === "GET" ? PATH.exec(request.url ?? "")?.[1] : undefined;
  const user = id === undefined ? undefined : await read(id);
  const body = user
    ? JSON.stringify({ ...user, created_at: user.created_at.toISOString() })
    : `{"error":"not found"}`;
  response.writeHead(user ? 200 : 404, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
