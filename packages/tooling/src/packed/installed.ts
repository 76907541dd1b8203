import { readdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { HOUSE } from "../architecture.ts";
import type { Room } from "../architecture.ts";
import { install, link } from "../empty-folder.ts";
import type { Workspace } from "../workspaces.ts";

/** Which room of the house a package is. */
export function roomOf({ folder }: Workspace): Room | undefined {
  return HOUSE[folder.split("/")[1] ?? ""];
}

/** Names the entry points of a package, the main one first. */
export function entriesOf({ manifest }: Workspace): string[] {
  return Object.keys(manifest.exports ?? {})
    .filter((path) => path !== "./package.json")
    .map((path) => manifest.name + path.slice(1));
}

/** Makes a module that imports all of some entry points. */
export function exportAll(entries: readonly string[]): string {
  return entries.map((entry, index) => `export * as entry${index} from "${entry}";`).join("\n");
}

/**
 * Makes a project of ES modules that has packages, and nothing beside them but what their manifests declare.
 *
 * @returns The names of what lies in it: those that were asked for, then what they need.
 */
export function createProject(asked: readonly string[], home: string): string[] {
  const installed = install(asked, home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  return installed;
}

/** Lays what a package can do without into `home/node_modules`. */
export function linkOptionalPeers({ manifest }: Workspace, home: string): void {
  for (const [name, { optional }] of Object.entries(manifest.peerDependenciesMeta ?? {})) {
    if (optional) link(name, home);
  }
}

/** Lists all files below a folder, relative to it and with forward slashes. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.split(sep).join("/"));
}
