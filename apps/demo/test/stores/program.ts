import type { ChildProcess, ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const MAIN = fileURLToPath(new URL("../../server/main.ts", import.meta.url));

/** The command that `npm run demo` runs. */
export const COMMAND: readonly string[] = [
  process.execPath,
  ...["--import", "tsx", "--conditions=@counterpoint/source", MAIN],
];

/** A demo in a process of its own. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  /** Resolves when the process has ended and nobody holds its output any more, the programs it started included. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Resolves when the demo listens. */
  url(): Promise<string>;
  /** Resolves when it has said a text. */
  until(text: string): Promise<void>;
}

/** Starts the demo on a free port, with nothing in its environment but what it is given. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const [command = "", ...rest] = COMMAND;
  return programOf(spawn(command, [...rest, "--port", "0", ...args], optionsOf(env)));
}

/** Starts a command that starts the demo. What is left of it after the tests of a file, children included, is killed. */
export function startCommand(
  [command = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(command, args, { ...optionsOf(env), detached: true }); // a process group of its own
  const program = programOf(child);
  groups.add(child);
  void program.exit.then(() => groups.delete(child));
  return program;
}

const groups = new Set<ChildProcess>();
afterAll(() => {
  for (const { pid } of groups) if (pid !== undefined) process.kill(-pid, "SIGKILL");
});

function optionsOf(env: Readonly<Record<string, string>>) {
  const { PATH, HOME } = process.env;
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  return { cwd: ROOT, env: { PATH, HOME, ...env }, stdio };
}

function programOf(child: ChildProcessByStdio<null, Readable, Readable>): Program {
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  let isGone = false;
  const exit = once(child, "close").then(([code, signal]) => {
    isGone = true;
    return { code: code as number | null, signal: signal as string | null };
  });
  return { child, said, exit, url, until, [Symbol.asyncDispose]: dispose };

  async function url(): Promise<string> {
    await until("Ctrl+C"); // the last line of the greeting
    return /http:\/\/localhost:\d+/.exec(said.out)![0]; // the greeting names it first
  }

  async function until(text: string): Promise<void> {
    while (!said.out.includes(text)) {
      if (isGone) throw new Error(`It ended without "${text}": ${said.out}${said.err}`);
      await Promise.race([once(child.stdout, "data"), exit]);
    }
  }

  async function dispose(): Promise<void> {
    child.kill("SIGKILL");
    await exit;
  }
}
