import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { get } from "node:http";
import { join } from "node:path";
import { createMemoryStore } from "@counterpoint/memory";
import { expect, it } from "vitest";
import { createApi } from "../../server/api.ts";
import { createHttpServer } from "../../server/http-server.ts";
import { CreateUser } from "../../server/users/messages.ts";
import { usersSync, wireDemo } from "../../server/wiring.ts";
import { makeFolder } from "../stores/folders.ts";

const SLOW = 150;
const FAST = 50;
const MORE = 500;
/** More than one event of these takes. */
const EVENT_BYTES = 1_500;
/** What `logStream` reads for one client at once. */
const BATCH = 100;

it(
  "holds a batch or two for a client that does not read, never a queue, and the others see everything",
  { timeout: 120_000 },
  async () => {
    await using served = await serve();
    const { handedOut, write } = served;
    const fast = await Promise.all(Array.from({ length: FAST }, () => served.follow()));
    for (const client of fast) client.read();
    const others = served.responses.length;
    const slow = await Promise.all(Array.from({ length: SLOW }, () => served.follow()));
    const stalled = served.responses.slice(others);
    expect(stalled).toHaveLength(SLOW);

    let buffered = -1;
    while (
      !stalled.every(({ writableNeedDrain }) => writableNeedDrain) ||
      buffered !== sumOf(stalled)
    ) {
      buffered = sumOf(stalled);
      await write(BATCH);
      await caughtUp(fast, served.head());
    }
    for (const { writableLength } of stalled)
      expect(writableLength).toBeLessThan(BATCH * EVENT_BYTES);
    const before = handedOut();
    for (let written = 0; written < MORE; written += BATCH) await write(BATCH);
    await caughtUp(fast, served.head());
    expect(handedOut() - before).toBeLessThanOrEqual(FAST * MORE + SLOW * BATCH);
    expect(sumOf(stalled)).toBe(buffered);

    const all = Array.from({ length: served.head() }, (_, index) => index + 1);
    for (const { ids } of fast) expect(ids).toEqual(all);
    await Promise.all(slow.map((client) => readToTheEnd(served, client, all)));
    for (const client of fast) client.leave();
    await expect.poll(served.clients).toBe(0);
  },
);

/** Some read on in the end; the others are cut off after a few events, and come back. */
async function readToTheEnd(
  { follow }: Served,
  client: Follower,
  all: readonly number[],
): Promise<void> {
  const isPatient = client.number % 2 === 0;
  client.read();
  await caughtUp([client], isPatient ? all.length : 10);
  client.leave();
  const last = client.ids.at(-1)!; // it has seen ten at the least
  if (isPatient) return expect(client.ids).toEqual(all);
  const again = await follow(String(last));
  again.read();
  await caughtUp([again], all.length);
  again.leave();
  expect([...client.ids, ...again.ids]).toEqual(all);
}

async function caughtUp(clients: readonly Follower[], position: number): Promise<void> {
  for (const { ids } of clients) {
    while ((ids.at(-1) ?? 0) < position) await new Promise(setImmediate);
  }
}

function sumOf(responses: readonly ServerResponse[]): number {
  return responses.reduce((sum, { writableLength }) => sum + writableLength, 0);
}

type Served = Awaited<ReturnType<typeof serve>>;

/** A client of `/events`, which reads nothing until it is told to. */
interface Follower {
  readonly number: number;
  /** The positions that it has seen. */
  readonly ids: readonly number[];
  read(): void;
  leave(): void;
}

/** A demo behind a socket of the file system: it swallows little before the one who writes must wait. */
async function serve() {
  const folder = await makeFolder();
  const socketPath =
    process.platform === "win32" ? `\\\\?\\pipe\\${folder.path}` : join(folder.path, "socket");
  let handedOut = 0;
  const memory = createMemoryStore({ inline: [usersSync] });
  const demo = wireDemo({
    store: {
      ...memory,
      async readLog(options) {
        const slice = await memory.readLog(options);
        handedOut += slice.events.length;
        return slice;
      },
    },
    ...{ storeName: "memory", delayMs: 0, createId: () => crypto.randomUUID() },
  });
  const closing = new AbortController();
  const app = createApi(demo, { closing: closing.signal, page: async () => new Map() });
  const server = createHttpServer(app.fetch).listen(socketPath);
  await once(server, "listening");
  const responses: ServerResponse[] = [];
  server.on("request", (_request, response) => responses.push(response));
  let head = 0;
  let number = 0;

  return {
    responses,
    handedOut: () => handedOut,
    head: () => head,
    async write(count: number) {
      const name = "n".repeat(200);
      const email = `${"e".repeat(200)}@example.org`;
      const metadata = { actor: "ada", role: "admin" };
      for (let turn = 0; turn < count; turn++) {
        await demo.commands.dispatch(CreateUser({ name, email }), { metadata });
        head += 1;
      }
      await new Promise(setImmediate); // the clients' turn
    },
    async follow(lastEventId?: string): Promise<Follower> {
      const headers = {
        Host: "localhost",
        ...(lastEventId !== undefined && { "Last-Event-ID": lastEventId }),
      };
      const request = get({ socketPath, path: "/events", headers, agent: false });
      request.on("error", () => {}); // it has left
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return follower(number++, response);
    },
    async clients() {
      const response = await app.request("/metrics");
      return Number(/^sse_clients\{stream="events"\} (\d+)$/m.exec(await response.text())?.[1]);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}

function follower(number: number, response: IncomingMessage): Follower {
  const ids: number[] = [];
  let rest = "";
  return {
    number,
    ids,
    read() {
      response.setEncoding("utf8").on("data", (text: string) => {
        const frames = (rest + text).split("\n\n");
        rest = frames.pop() ?? "";
        for (const frame of frames) {
          const id = /^id: (\d+)$/m.exec(frame)?.[1];
          if (id !== undefined) ids.push(Number(id));
        }
      });
    },
    leave: () => void response.on("error", () => {}).destroy(),
  };
}
