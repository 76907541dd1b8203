import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspaces.ts";

/** A program of node_modules with its arguments. */
export type Command = readonly [tool: string, ...args: readonly string[]];

/** How a program ended. */
export interface Outcome {
  readonly ok: boolean;
  /** What it wrote to stdout and stderr, in order; empty when it wrote to the terminal itself. */
  readonly output: string;
  /** How much it looked at, for those that say so. */
  readonly note?: string;
}

/** How to run it. */
export interface RunOptions {
  /** Default: the top of the repository. */
  readonly cwd?: string;
  /** `"inherit"` writes to the terminal as it goes. Default `"capture"`. */
  readonly output?: "capture" | "inherit";
}

/** Runs a program that was installed here, on any platform and without a shell. */
export function run([tool, ...args]: Command, options: RunOptions = {}): Promise<Outcome> {
  const { cwd = root, output = "capture" } = options;
  const child = spawn(process.execPath, [scriptOf(tool), ...args], {
    cwd,
    stdio: output === "inherit" ? "inherit" : ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...ENVIRONMENT },
  });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer): void => void chunks.push(chunk);
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", (error) => {
      resolve({ ok: false, output: `${tool} did not start: ${error.message}` });
    });
    child.on("close", (code) => {
      resolve({ ok: code === 0, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

const ENVIRONMENT = {
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  npm_config_loglevel: "silent", // npm's own lines around each script of each workspace
  COUNTERPOINT_PLATFORM: `${process.platform}-${process.arch}-${process.version}`, // part of turbo's hash
  ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
};

/** `npm` is the one that runs us, everything else comes from node_modules. */
function scriptOf(tool: string): string {
  if (tool === "npm") {
    const npm = process.env["npm_execpath"];
    if (npm === undefined)
      throw new Error("Start this with `npm run`, so that npm says where it is.");
    return npm;
  }
  const folder = join(root, "node_modules", tool);
  const { name, bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly bin: string | Readonly<Record<string, string>>;
  };
  const short = name.slice(name.indexOf("/") + 1);
  const script = typeof bin === "string" ? bin : (bin[short] ?? Object.values(bin)[0]);
  if (script === undefined) throw new TypeError(`${tool} has no program to run.`);
  return join(folder, script);
}
