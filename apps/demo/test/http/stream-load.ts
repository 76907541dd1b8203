import { spawn } from "node:child_process";
import type { ClientRequest } from "node:http";
import { Agent, get, request } from "node:http";
import { fileURLToPath } from "node:url";

// Measures what clients that follow the log cost those who write: `npm run streams`, in this workspace. No test: it is about
// time. Each case has a server of its own, in a process of its own.

const CLIENTS = 200;
const WRITERS = 16;
const WRITE_MS = 8_000;
/** First so many writes a second, as in a room full of people; then as fast as they are answered. */
const PACE = 100;
const REST_MS = 3_000;
const ROUNDS = 3;

const MAIN = fileURLToPath(new URL("../../server/main.ts", import.meta.url));
const agent = new Agent({ keepAlive: true, maxSockets: WRITERS });

const cases = {
  "no clients": [0, true],
  [`${CLIENTS} that read`]: [CLIENTS, true],
  [`${CLIENTS} that do not`]: [CLIENTS, false],
} as const;

for (let round = 0; round < ROUNDS; round++) {
  for (const [name, [clients, read]] of Object.entries(cases)) {
    console.log(name, await measure(clients, read));
  }
}
process.exit();

async function measure(count: number, read: boolean) {
  const server = await start();
  const clients = await Promise.all(Array.from({ length: count }, () => follow(server.url, read)));
  const rssMb = { before: await rssOf(server.url), written: 0, left: 0 };
  const paced = await pacedLatencies(server.url);
  const endsAt = performance.now() + WRITE_MS;
  let writes = 0;
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      while (performance.now() < endsAt) {
        await send(server.url);
        writes += 1;
      }
    }),
  );
  rssMb.written = await rssOf(server.url);
  for (const client of clients) client.destroy();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  rssMb.left = await rssOf(server.url);
  server.stop();
  return { paced, writesPerSecond: Math.round((writes / WRITE_MS) * 1_000), rssMb };
}

/** Milliseconds until the answer to a write, with a number of writes a second. */
async function pacedLatencies(url: string) {
  const answered: Promise<number>[] = [];
  const beganMs = performance.now();
  while (performance.now() - beganMs < WRITE_MS) {
    const sentMs = performance.now();
    answered.push(send(url).then(() => performance.now() - sentMs));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / PACE));
  }
  const sorted = (await Promise.all(answered)).toSorted((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(sorted.length * share)]!.toFixed(1); // there are some
  return { writes: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function start() {
  const flags = ["--import", "tsx", "--conditions=@counterpoint/source", MAIN, "--port", "0"];
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, flags, {
    env: { PATH, HOME, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("Ctrl+C")) resolve(/http:\/\/localhost:\d+/.exec(said)![0]); // the greeting names it
    });
  });
  return { url: url.replace("localhost", "127.0.0.1"), stop: () => child.kill("SIGKILL") };
}

/** A client that has an answer, and reads it or does not. */
function follow(url: string, read: boolean): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/events`, { agent: false }, (response) => {
      response.on("error", () => {}); // it leaves in the middle
      if (read) response.resume();
      resolve(asked);
    }).on("error", reject);
  });
}

function send(url: string): Promise<void> {
  const body = JSON.stringify({ name: "Ada Lovelace", email: "ada@example.org" });
  const headers = { "content-type": "application/json", "content-length": body.length };
  return new Promise((resolve, reject) => {
    request(`${url}/users`, { method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 201) reject(new Error(`No user, but ${response.statusCode}`));
      response.resume().on("end", resolve);
    })
      .on("error", reject)
      .end(body);
  });
}

/** The memory of the server's process, by its own figures. */
async function rssOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Math.round(Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]) / 2 ** 20);
}
