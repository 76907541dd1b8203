import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";

/** A temporary folder that goes at the end of the scope. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder that a server may use, also when the tests run as root and the server cannot. */
export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "cp-demo-"));
  await chmod(path, 0o755);
  const options = { recursive: true, force: true, maxRetries: 20 }; // a server whose demo was killed takes a moment to go
  return { path, [Symbol.asyncDispose]: () => rm(path, options) };
}

/** Processes at work in a folder: the server, which is told of it, and its helpers, which have it as their own. */
export function processesIn(folder: string): readonly string[] {
  if (process.platform !== "linux") {
    const all = execFileSync("ps", ["-Ao", "pid=,command="], { encoding: "utf8" });
    return all.split("\n").filter((line) => line.includes(folder));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => isIn(folder, pid));
}

function isIn(folder: string, pid: string): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8"); // empty for those who only wait to be buried
    return command !== "" && `${command}\0${readlinkSync(`/proc/${pid}/cwd`)}`.includes(folder);
  } catch {
    return false; // gone by now, or somebody else's
  }
}
