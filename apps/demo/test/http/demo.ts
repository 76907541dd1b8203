import type { Socket } from "node:net";
import { connect } from "node:net";
import { conformance } from "./conformance.ts";
import type { CliOptions } from "../../server/cli.ts";
import type { RunningDemo, Surroundings } from "../../server/serve.ts";
import { startDemo } from "../../server/serve.ts";

/** A user as the API answers it. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly created_at?: string;
}

/** A demo of its own behind a real socket, and short ways to talk to it. */
export interface TestDemo extends AsyncDisposable, RunningDemo {
  readonly port: number;
  /** Sends a request as `fetch` does. Whatever comes back is held to the OpenAPI document. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends JSON. */
  send(method: string, path: string, body: unknown, headers?: HeadersInit): Promise<Response>;
  /** Creates a user that is expected to be fine. */
  create(name?: string): Promise<{ readonly user: User; readonly token: string }>;
  /** Sends bytes as they are, and returns all that comes until the server hangs up. */
  raw(bytes: string | Uint8Array): Promise<string>;
  open(): Promise<Socket>;
}

/** Starts the real server on a free port, with a page of one line. */
export async function openDemo(
  surroundings: Surroundings = {},
  delayMs = 0,
  options: Partial<CliOptions> = {},
): Promise<TestDemo> {
  const nowhere = { dataDir: undefined, databaseUrl: undefined };
  const demo = await startDemo(
    { port: 0, store: "memory", delayMs, ...nowhere, ...options },
    { createPage: async () => PAGE, ...surroundings },
  );
  const port = Number(new URL(demo.url).port);
  const base = `http://127.0.0.1:${port}`;
  const document = await (await fetch(`${base}/openapi.json`)).json();
  const expectConform = conformance(document as object);
  const request = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${base}${path}`, init);
    await expectConform({ method: init?.method ?? "GET", path }, response);
    return response;
  };
  const send: TestDemo["send"] = (method, path, body, headers = {}) =>
    request(path, {
      method,
      headers: { "content-type": "application/json", ...Object.fromEntries(new Headers(headers)) },
      body: JSON.stringify(body),
    });
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket)).once("error", reject);
    });
  return {
    ...demo,
    port,
    request,
    send,
    async create(name = "Ada") {
      const response = await send("POST", "/users", { name, email: "ada@example.org" });
      if (response.status !== 201) throw new Error(`No user, but ${await response.text()}`);
      return {
        user: (await response.json()) as User,
        token: response.headers.get("consistency-token") ?? "",
      };
    },
    open,
    async raw(bytes) {
      const socket = await open();
      return new Promise((resolve, reject) => {
        let text = "";
        socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        socket.once("close", () => resolve(text)).once("error", reject);
        socket.write(bytes);
      });
    },
    [Symbol.asyncDispose]: () => demo.stop(),
  };
}

const PAGE = new Map([
  [
    "/index.html",
    { body: new TextEncoder().encode("<h1>page</h1>"), type: "text/html", hashed: false },
  ],
  [
    "/assets/a-1.js",
    { body: new TextEncoder().encode("1"), type: "text/javascript", hashed: true },
  ],
]);
