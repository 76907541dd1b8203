import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { readManifest, readSources, root } from "../workspaces.ts";

/** What one way to build the users takes. */
export interface Cost {
  readonly files: number;
  /** Lines that hold code: no blanks, no comments. */
  readonly lines: number;
  /** Files that name the field `email`: those that somebody opens to add another one like it. */
  readonly filesOfAField: number;
  /** Lines in packages of this repository that do the rest. */
  readonly libraryLines: number;
  /** Packages that have to be named in a manifest, and packages that are installed for them. */
  readonly dependencies: number;
  readonly installed: number;
}

/** What both need besides. */
const HTTP = Object.keys(readManifest(join(root, "apps/service-layer")).dependencies ?? {});
/** What the users of the demo are made of, in memory. */
const HOUSE = ["bus", "events", "write-model", "read-model", "memory", "hono"];

/** Counts the users as a plain service, without its wiring and what it has of HTTP in general. */
export function plainCost(): Cost {
  const files = sourcesOf("apps/service-layer", /^src\/user-.*\.ts$/);
  return {
    ...costOf(files),
    libraryLines: costOf(sourcesOf("apps/service-layer", /^src\/http\.ts$/)).lines,
    dependencies: HTTP.length,
    installed: installedFor(HTTP).size,
  };
}

/** Counts the users of the demo: their folder. They share their wiring with the lab. */
export function cqrsCost(): Cost {
  const files = sourcesOf("apps/demo", /^server\/users\//);
  const packages = HOUSE.map((name) => `@counterpoint/${name}`);
  const library = HOUSE.flatMap((name) => sourcesOf(`packages/${name}`, /^src\//));
  return {
    ...costOf(files),
    libraryLines: costOf(library).lines,
    dependencies: HTTP.length + packages.length,
    installed: installedFor([...HTTP, ...packages]).size,
  };
}

interface Source {
  readonly path: string;
  readonly text: string;
}

function sourcesOf(folder: string, pattern: RegExp): Source[] {
  return readSources(folder).filter(
    ({ path }) => pattern.test(path) && !/\.(test|test-d)\.tsx?$/.test(path),
  );
}

function costOf(sources: readonly Source[]): Pick<Cost, "files" | "lines" | "filesOfAField"> {
  return {
    files: sources.length,
    lines: sources.reduce((sum, source) => sum + linesOf(source), 0),
    filesOfAField: sources.filter(({ text }) => /\bemail\b/.test(text)).length,
  };
}

/** Counts lines that hold code. */
export function linesOf({ path, text }: Source): number {
  const { comments } = parseSync(path, text);
  let code = text;
  for (const { start, end } of comments) {
    code = code.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, " ") + code.slice(end);
  }
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly dependencies?: Readonly<Record<string, string>>; readonly link?: true }
    >
  >;
}

/** Names what npm installs for some packages, themselves included. Peers that are optional are not. */
function installedFor(asked: readonly string[]): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock; // npm wrote it
  const found = new Set(asked);
  for (const name of found) {
    const entry = packages[`node_modules/${name}`];
    if (!entry) throw new Error(`${name} is not in package-lock.json.`);
    const { dependencies = {} } = entry.link
      ? readManifest(join(root, "node_modules", name))
      : entry;
    for (const dependency of Object.keys(dependencies)) found.add(dependency);
  }
  return found;
}
