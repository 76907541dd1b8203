import { join } from "node:path";
import { HERE, ROOT, bundle } from "../harness/bundle.ts";
import { compare, failureNotes, metric } from "../harness/compare.ts";
import type { Effort } from "../harness/effort.ts";
import type { Part } from "../harness/report.ts";
import { atLeast, atMost, table } from "../harness/report.ts";

const HONO = "bare Hono";
const HEADERS = "bare Hono, the demo's headers";
const PLAIN = "plain service";
const DEMO = "demo";
const PLAIN_FOLDER = join(ROOT, "apps/service-layer");
const DEMO_FOLDER = join(ROOT, "apps/demo");

/** Measures one read of the demo over HTTP. */
export async function benchHttp(effort: Effort): Promise<Part> {
  const worker = await bundle({ contents: entry(), resolveDir: DEMO_FOLDER });
  const compared = await compare({
    worker,
    entrants: [
      { name: "bare node:http", contender: "node" },
      { name: HONO, contender: "hono" },
      { name: HEADERS, contender: "headers" },
      { name: PLAIN, contender: "plain" },
      { name: DEMO, contender: "demo" },
    ],
    // A server is warm after some ten thousand requests.
    effort: { ...effort, turnMs: effort.turnMs * 15, warmUpMs: effort.warmUpMs * 6 },
  });
  const title = "GET /users/:id, 32 connections";
  const notes = failureNotes(compared);
  return {
    name: "http",
    title: "HTTP: the demo in memory, without its page",
    tables: [
      table({
        title,
        unit: "requests/s",
        reference: HONO,
        samples: metric(compared, "perSecond"),
        targets: (ratioOf) => [atLeast("demo × bare Hono", 0.95, ratioOf(DEMO, HONO))],
        notes,
      }),
      table({
        title: `${title}, processor time of the server`,
        unit: "µs/request",
        reference: HONO,
        samples: metric(compared, "cpuUs"),
        targets: (ratioOf) => [atMost("demo × bare Hono", 1 / 0.95, ratioOf(DEMO, HONO))],
        notes: [
          "What other programs do to a busy machine shows less here than in requests a second.",
        ],
      }),
    ],
    notes: [
      "The demo checks the host, the id and the query, waits for a consistency token when there is one, and goes through its" +
        " query bus, which asks for the role and counts; its answers have the security headers of Hono's middleware. Plain service: the same users over one table, without a bus (apps/service-layer). The bare ones read the" +
        " demo's read model and answer. Client and server are processes of their own.",
    ],
  };
}

/** Joins the demo, which lives above all packages, with what it is compared with. */
function entry(): string {
  const demo = (file: string): string => JSON.stringify(join(DEMO_FOLDER, "server", file));
  const bench = (file: string): string => JSON.stringify(join(HERE, "src/http", file));
  return `
    import { secureHeaders } from "hono/secure-headers";
    import { createMemoryStore } from "@counterpoint/memory";
    import { createApi } from ${demo("api.ts")};
    import { createHttpServer } from ${demo("http-server.ts")};
    import { loopbackOnly } from ${demo("loopback.ts")};
    import { SECURITY_HEADERS } from ${demo("security-headers.ts")};
    import { CreateUser } from ${demo("users/messages.ts")};
    import { usersSync, wireDemo } from ${demo("wiring.ts")};
    import { createApp } from ${JSON.stringify(join(PLAIN_FOLDER, "src/app.ts"))};
    import { bareHono, bareNode, serverOf } from ${bench("servers.ts")};
    import { serveHttp } from ${bench("serve.ts")};

    async function demo() {
      const store = createMemoryStore({ inline: [usersSync] });
      const createId = () => crypto.randomUUID();
      const demo = wireDemo({ store, storeName: "memory", delayMs: 0, createId });
      await demo.projector.start();
      const { user, token } = await demo.commands.dispatch(
        CreateUser({ name: "Ada Lovelace", email: "ada@example.org" }),
        { metadata: { role: "editor" } },
      );
      await demo.projector.waitFor(token, { timeoutMs: 10_000 });
      const model = store.readModel(usersSync.as("users_eventual"));
      return { demo, read: (id) => model.get(id), path: "/users/" + user.id };
    }

    async function plain() {
      const app = createApp({ createId: () => crypto.randomUUID(), clock: { now: () => Date.now() } });
      const { headers } = await app.request("/users", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "Ada Lovelace", email: "ada@example.org" }),
      });
      return { server: serverOf(app.fetch), path: headers.get("location") };
    }

    serveHttp({
      plain,
      async node() {
        const { read, path } = await demo();
        return { server: bareNode(read), path };
      },
      async hono() {
        const { read, path } = await demo();
        return { server: bareHono(read), path };
      },
      async headers() {
        const { read, path } = await demo();
        return { server: bareHono(read, secureHeaders(SECURITY_HEADERS)), path };
      },
      async demo() {
        const { demo: wired, path } = await demo();
        const api = createApi(wired, {
          closing: new AbortController().signal,
          page: () => Promise.reject(new Error("Nobody asks for the page.")),
        });
        return { server: createHttpServer(loopbackOnly(api.fetch)), path };
      },
    });
  `;
}
