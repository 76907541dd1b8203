import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Task } from "../harness/worker.ts";
import { serve } from "../harness/worker.ts";
import { requestAll } from "./client.ts";

/** Makes a server with a user in it. */
export type CreateServer = () => Promise<{ readonly server: Server; readonly path: string }>;

interface Listening {
  readonly port: number;
  readonly path: string;
}
interface Spent {
  readonly cpuUs: number;
}

/**
 * Serves the parent process: a contender is a client with a server in a process of its own, so that neither takes the
 * other's processor time.
 */
export function serveHttp(servers: Readonly<Record<string, CreateServer>>): void {
  const own = process.argv[2];
  if (own === undefined) serve((name) => (servers[name] ? () => client(name) : undefined));
  else void listen(servers[own]!); // the client has started it by this name
}

async function client(name: string): Promise<Task> {
  const child = fork(process.argv[1]!, [name], { execArgv: [] }); // a script is what Node was started with
  const { port, path } = await heard<Listening>(child);
  return {
    async measure(count) {
      await spent(child);
      const start = process.hrtime.bigint();
      await requestAll(port, path, count, 32);
      const ns = Number(process.hrtime.bigint() - start) / count;
      const { cpuUs } = await spent(child);
      return { ns, perSecond: 1e9 / ns, cpuUs: cpuUs / count };
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

function spent(child: ChildProcess): Promise<Spent> {
  const answer = heard<Spent>(child);
  child.send("spent");
  return answer;
}

/** @throws {Error} When the child ends instead of answering. */
async function heard<T>(child: ChildProcess): Promise<T> {
  const answered = new AbortController();
  const ended = once(child, "exit", answered).then(([code]: (number | null)[]) => {
    throw new Error(`The server has ended with ${code}.`);
  });
  try {
    const [message] = (await Promise.race([once(child, "message"), ended])) as [T]; // `listen` sends these
    return message;
  } finally {
    answered.abort();
    ended.catch(() => undefined);
  }
}

async function listen(create: CreateServer): Promise<void> {
  process.once("disconnect", () => process.exit());
  const { server, path } = await create();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  let before = process.cpuUsage();
  process.on("message", () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    process.send!({ cpuUs: user + system } satisfies Spent); // there is a parent, since it has asked
  });
  process.send!({ port, path } satisfies Listening);
}
