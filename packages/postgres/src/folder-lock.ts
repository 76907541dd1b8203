import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface Holder {
  readonly pid: number;
  /** When that process began, as far as the system tells: a process id is used again, both together are not. */
  readonly began: string;
}

/** A data folder that this process alone may use. */
export interface FolderLock {
  release(): Promise<void>;
}

const FILE = "counterpoint.lock";

/**
 * Takes a data folder for this process, making it if need be. What a process that died has left behind does not count.
 *
 * @throws {Error} When a process that is alive holds the folder, or a file is in its place; the message names them.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await make(folder);
  const path = join(folder, FILE);
  const mine = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) } satisfies Holder);
  const draft = `${path}.${process.pid}`;
  for (;;) {
    await writeFile(draft, mine);
    try {
      await link(draft, path); // unlike writing, it is refused when the file is there, and shows it whole
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    } finally {
      await rm(draft, { force: true });
    }
    await clearStale(folder, path);
  }
}

async function make(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const isFile = isCode(error, "EEXIST");
    if (!isFile && !isCode(error, "ENOTDIR")) throw error;
    throw new Error(
      `The data folder ${folder} ${isFile ? "is a file, not a folder" : "lies below a file"}. Choose another folder.`,
      { cause: error },
    );
  }
}

async function clearStale(folder: string, path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return; // released meanwhile
  const holder = parseHolder(text);
  if (holder && isAlive(holder)) {
    throw new Error(
      `The data folder ${folder} is in use by process ${holder.pid}. Stop that process, or choose another folder.`,
    );
  }
  const stale = `${path}.stale.${process.pid}`;
  await rename(path, stale).catch(() => undefined); // of several that clear, one gets it
  const moved = await readFile(stale, "utf8").catch(() => text);
  if (moved !== text) await link(stale, path).catch(() => undefined); // it was taken anew in between: put it back
  await rm(stale, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, began } = JSON.parse(text) as Partial<Holder>; // checked on the next line
    return typeof pid === "number" && typeof began === "string" ? { pid, began } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  return isRunning(pid) && beganAt(pid) === began;
}

/** Tells whether a process with this id exists, whoever owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function isZombie(pid: number): boolean {
  return statOf(pid)[0] === "Z";
}

function beganAt(pid: number): string {
  return statOf(pid)[19] ?? "";
}

/** The fields of `/proc/<pid>/stat` behind the name; none where there is no `/proc`. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
