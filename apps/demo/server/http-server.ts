import type { Server } from "node:http";
import { STATUS_CODES, createServer } from "node:http";
import type { Duplex } from "node:stream";
import { RequestError, getRequestListener } from "@hono/node-server";
import type { Problem } from "@counterpoint/hono";
import { problem, problemOf, problemResponse } from "@counterpoint/hono";

/** What Node may wait for, in milliseconds. */
export interface Patience {
  /** Until the headers of a request are there. */
  readonly headersTimeoutMs: number;
  /** Until a request is there as a whole. */
  readonly requestTimeoutMs: number;
  /** How often to look for those who are too slow. */
  readonly checkEveryMs: number;
}

const PATIENCE: Patience = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkEveryMs: 5_000,
};

/** Makes a server of Node's whose every answer is in HTTP's terms: what cannot even be parsed is a problem too. */
export function createHttpServer(
  fetch: Parameters<typeof getRequestListener>[0],
  { headersTimeoutMs, requestTimeoutMs, checkEveryMs }: Patience = PATIENCE,
): Server {
  const answer = getRequestListener(fetch, { errorHandler });
  const options = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkEveryMs,
    requireHostHeader: false, // the listener asks for it too, and says so in a problem
  };
  const server = createServer(options, (incoming, outgoing) => void answer(incoming, outgoing));
  server.maxHeadersCount = 0; // else Node drops those from the 2,001st on, and says nothing; their size is bounded anyway
  return server
    .on("checkExpectation", (incoming, outgoing) => void answer(incoming, outgoing))
    .on("connect", (_incoming, socket) => {
      socket.on("error", () => socket.destroy()); // from here on nobody else listens
      void refuse(socket, NO_PROXY);
    })
    .on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
      else void refuse(socket, problemOfParser(error.code));
    });
}

function errorHandler(error: unknown): Response {
  if (error instanceof RequestError) {
    return problemResponse(problem(400, "INVALID_REQUEST", `${error.message}.`));
  }
  console.error("A request failed:", error);
  return problemResponse(problemOf(error));
}

/** Answers what never became a request: there is only a socket to answer to. */
async function refuse(socket: Duplex, problem: Problem): Promise<void> {
  const response = problemResponse(problem);
  const body = await response.text();
  const headers = {
    ...Object.fromEntries(response.headers),
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${body}`,
  );
}

const NO_PROXY = problem(405, "METHOD_NOT_ALLOWED", "This server is no proxy.");

function problemOfParser(code: string | undefined): Problem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return problem(431, "HEADERS_TOO_LARGE", "The headers are too large.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return problem(408, "TOO_SLOW", "The request took too long to arrive.");
    default:
      return problem(400, "INVALID_REQUEST", "This is not HTTP.");
  }
}
