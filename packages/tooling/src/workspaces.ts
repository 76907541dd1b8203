import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The parts of a package.json that the house looks at. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly publishConfig?: Readonly<Record<string, unknown>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
}

/** A folder with a package.json of its own. */
export interface Workspace {
  /** Relative to the root, with forward slashes: `packages/bus`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** A source file. */
export interface SourceFile {
  /** Relative to its workspace, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The top of the repository. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Reads a package.json. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest; // npm has parsed it before us
}

/** Lists the workspaces that the root's package.json names, sorted by folder. */
export function readWorkspaces(): Workspace[] {
  return (readManifest(root).workspaces ?? [])
    .flatMap((pattern) => (pattern.endsWith("/*") ? childrenOf(pattern.slice(0, -2)) : [pattern]))
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .sort((a, b) => a.localeCompare(b))
    .map((folder) => ({ folder, manifest: readManifest(join(root, folder)) }));
}

/** Reads every TypeScript and JavaScript file of a workspace, but what was installed or built. */
export function readSources(folder: string): SourceFile[] {
  return walk(join(root, folder)).map((path) => ({
    path: relative(join(root, folder), path).split(sep).join("/"),
    text: readFileSync(path, "utf8"),
  }));
}

const LEFT_OUT = new Set(["node_modules", "dist", "coverage"]);

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return LEFT_OUT.has(entry.name) || entry.name.startsWith(".") ? [] : walk(path);
    }
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : [];
  });
}

function childrenOf(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
}
