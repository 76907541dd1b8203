import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { published, tarballOf } from "./tarballs.ts";
import { readManifest, root } from "./workspaces.ts";

// What `npm install` does in a folder where there is nothing yet, without asking a registry: packages of the house come
// from their tarballs, foreign ones are linked from where they are installed here.

/**
 * Lays packages and all that they need into `home/node_modules`.
 *
 * @returns The names of what lies there: those that were asked for, then what they need.
 */
export function install(asked: readonly string[], home: string): string[] {
  const names = [...asked];
  for (const name of names) {
    const own = published.find((each) => each.manifest.name === name);
    if (!own) {
      link(name, home);
      continue;
    }
    const target = join(home, "node_modules", name);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", tarballOf(own.manifest), "-C", target, "--strip-components=1"]);
    for (const needed of needsOf(target)) if (!names.includes(needed)) names.push(needed);
  }
  return names;
}

/** Lays a foreign package, and its programs, into `home/node_modules`. */
export function link(name: string, home: string): void {
  const found = placesOf("node_modules")
    .map((place) => join(place, name))
    .find(existsSync);
  if (found === undefined) throw new Error(`${name} is not installed.`);
  lay(found, join(home, "node_modules", name));
  const { bin = {} } = readManifest(found);
  for (const program of typeof bin === "string" ? [name] : Object.keys(bin)) {
    lay(join(dirname(found), ".bin", program), join(home, "node_modules/.bin", program));
  }
}

function lay(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (existsSync(source) && !existsSync(target)) symlinkSync(source, target, "junction");
}

/** Where packages are installed here: at the top, and where a workspace needs a version of its own. */
function placesOf(folder: string): string[] {
  return ["", ...published.map((each) => each.folder)].map((place) => join(root, place, folder));
}

function needsOf(folder: string): string[] {
  const {
    dependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = readManifest(folder);
  const peers = Object.keys(peerDependencies).filter(
    (name) => !peerDependenciesMeta[name]?.optional,
  );
  return [...Object.keys(dependencies), ...peers];
}
