import { builtinModules } from "node:module";
import { posix } from "node:path";
import { importsOf } from "./imports.ts";
import type { Manifest, SourceFile } from "./workspaces.ts";

/** What one room of the house may lean on. */
export interface Room {
  /** Other packages that its production code may import. */
  readonly uses: readonly string[];
  /** Other packages that its tests may import as well. */
  readonly testsUse?: readonly string[];
  /** Runs anywhere: its production code imports no module of Node's. */
  readonly portable?: true;
  /** Installs nothing else: no dependency, and peers only when they are optional. */
  readonly dependencyFree?: true;
  /** Is never published: all of its code counts as test code. */
  readonly internal?: true;
}

const SHARED = ["bus", "events"];
const PORTS = [...SHARED, "write-model", "read-model"];

/**
 * The house. An arrow points to a room that stands higher in this list; what is not listed is forbidden.
 * `write-model` and `read-model` never know of each other, and adapters never import each other.
 */
export const HOUSE: Readonly<Record<string, Room>> = {
  bus: { uses: [], portable: true, dependencyFree: true },
  events: { uses: ["bus"], portable: true },
  "write-model": { uses: SHARED, portable: true },
  "read-model": { uses: SHARED, portable: true },
  testing: { uses: PORTS },
  memory: { uses: PORTS, portable: true, testsUse: ["testing"] },
  postgres: { uses: PORTS, testsUse: ["testing"] },
  nats: { uses: [...SHARED, "read-model"], testsUse: ["testing"] },
  hono: { uses: [...SHARED, "read-model"], portable: true, testsUse: ["testing"] },
  tooling: { uses: [], internal: true },
  "users-contract": { uses: [], internal: true },
  bench: { uses: [...PORTS, "memory", "postgres", "hono"], internal: true },
};

/** Development tools that every workspace may use. */
const FOR_ALL = ["tooling"];

/** Tests and configuration: never shipped, so they may use devDependencies, and Node. */
const TEST_CODE = /\.(test|test-d|bench)\.[cm]?[jt]sx?$|^test\/|^[^/]+\.config\.[cm]?[jt]s$/;

/** A workspace as the check reads it. */
export interface Inspected {
  /** `packages/bus`, `apps/demo`. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: readonly SourceFile[];
}

/** What the check found, and how much it looked at. */
export interface Inspection {
  /** One sentence each, with file and line; empty when the house stands as drawn. */
  readonly violations: readonly string[];
  /** By folder; tests and configuration do not count. */
  readonly seen: Readonly<Record<string, { readonly files: number; readonly imports: number }>>;
}

/**
 * Compares workspaces with the house: their manifests, and every import of their files.
 *
 * @param workspaces - All of the repository: a package that is not among them is not known.
 * @param rootTools - What the root's devDependencies provide to test code.
 */
export function inspect(
  workspaces: readonly Inspected[],
  rootTools: readonly string[] = [],
): Inspection {
  const byName = new Map(workspaces.map((each) => [each.manifest.name, each]));
  const violations: string[] = [];
  const seen: Record<string, { files: number; imports: number }> = {};
  for (const workspace of workspaces) {
    const room = roomOf(workspace);
    if (!room) {
      violations.push(
        `${workspace.folder}: give this package a room in HOUSE, in architecture.ts.`,
      );
      continue;
    }
    violations.push(...inspectManifest(workspace, room, byName));
    const counted = { files: 0, imports: 0 };
    for (const file of workspace.files) {
      const found = importsOf(file.path, file.text);
      for (const { specifier, line } of found) {
        const problem = inspectImport({ workspace, room, file, specifier, byName, rootTools });
        if (problem) violations.push(`${workspace.folder}/${file.path}:${line}: ${problem}`);
      }
      if (!room.internal && isTestCode(workspace, file.path)) continue;
      counted.files += 1;
      counted.imports += found.length;
    }
    seen[workspace.folder] = counted;
  }
  return { violations, seen };
}

function roomOf({ folder }: Inspected): Room | undefined {
  const [kind, name = ""] = folder.split("/");
  if (kind !== "packages") return { uses: Object.keys(HOUSE) };
  return Object.hasOwn(HOUSE, name) ? HOUSE[name] : undefined;
}

function inspectManifest(
  { folder, manifest }: Inspected,
  room: Room,
  byName: ReadonlyMap<string, Inspected>,
): string[] {
  const violations: string[] = [];
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
  for (const dependency of keys(dependencies, peerDependencies, optionalDependencies)) {
    if (byName.has(dependency) && !mayUse(room, dependency, byName)) {
      violations.push(`${folder}/package.json: it may not depend on ${dependency}.`);
    }
  }
  for (const dependency of keys(devDependencies)) {
    if (byName.has(dependency) && !mayTestWith(room, dependency, byName)) {
      violations.push(`${folder}/package.json: not even its tests may depend on ${dependency}.`);
    }
  }
  if (room.dependencyFree) {
    const optional = manifest.peerDependenciesMeta ?? {};
    const required = keys(peerDependencies).filter((peer) => !optional[peer]?.optional);
    for (const dependency of [...keys(dependencies, optionalDependencies), ...required]) {
      violations.push(
        `${folder}/package.json: it has no dependencies, so not ${dependency} either.`,
      );
    }
  }
  return violations;
}

interface ImportInQuestion {
  readonly workspace: Inspected;
  readonly room: Room;
  readonly file: SourceFile;
  readonly specifier: string | undefined;
  readonly byName: ReadonlyMap<string, Inspected>;
  readonly rootTools: readonly string[];
}

function inspectImport(question: ImportInQuestion): string | undefined {
  const { workspace, room, file, specifier, byName, rootTools } = question;
  const isTest = isTestCode(workspace, file.path);
  if (specifier === undefined) {
    return isTest || workspace.folder.startsWith("apps/")
      ? undefined
      : "it computes what it imports, which nobody can check: write the specifier as a literal.";
  }
  if (specifier.startsWith(".") || specifier.startsWith("/")) {
    const target = posix.join(posix.dirname(file.path), specifier);
    if (specifier.startsWith("/") || target.startsWith("..")) {
      return `${specifier} leaves the workspace: import the other package by its name.`;
    }
    return !isTest && isTestCode(workspace, target)
      ? `${specifier} is test code, which is not shipped.`
      : undefined;
  }
  if (isNodeModule(specifier)) {
    return room.portable && !isTest
      ? `it runs anywhere, so it may not import ${specifier}.`
      : undefined;
  }
  const name = packageOf(specifier);
  const target = byName.get(name);
  if (target && !Object.hasOwn(target.manifest.exports ?? {}, `.${specifier.slice(name.length)}`)) {
    return `${name} does not export ${specifier}.`;
  }
  if (name === workspace.manifest.name) return undefined;
  if (target && !(isTest ? mayTestWith : mayUse)(room, name, byName)) {
    return `it may not import ${name}.`;
  }
  return isDeclared(workspace.manifest, name, isTest, rootTools)
    ? undefined
    : `${name} is not among the ${isTest ? "dependencies or devDependencies" : "dependencies"} of its package.json.`;
}

function isTestCode({ folder }: Inspected, path: string): boolean {
  const [kind, name = ""] = folder.split("/");
  const isShipped = kind !== "packages" || (path.startsWith("src/") && !HOUSE[name]?.internal);
  return !isShipped || TEST_CODE.test(path);
}

function mayUse(room: Room, name: string, byName: ReadonlyMap<string, Inspected>): boolean {
  return room.uses.some((each) => byName.get(name)?.folder === `packages/${each}`);
}

function mayTestWith(room: Room, name: string, byName: ReadonlyMap<string, Inspected>): boolean {
  const uses = [...room.uses, ...(room.testsUse ?? []), ...FOR_ALL];
  return mayUse({ ...room, uses }, name, byName);
}

function isDeclared(
  { dependencies, peerDependencies, optionalDependencies, devDependencies }: Manifest,
  name: string,
  isTest: boolean,
  rootTools: readonly string[],
): boolean {
  const declared = keys(dependencies, peerDependencies, optionalDependencies);
  return (
    declared.includes(name) || (isTest && [...keys(devDependencies), ...rootTools].includes(name))
  );
}

function isNodeModule(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

/** `@scope/name/sub` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function keys(...records: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] {
  return records.flatMap((record) => Object.keys(record ?? {}));
}
