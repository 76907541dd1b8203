import { posix } from "node:path";
import { format } from "prettier";
import { readDeclarations } from "./declarations.ts";
import type { Declaration, DeclarationFile, Origin } from "./declarations.ts";

/** A package, as its API text sees it. */
export interface BuiltPackage {
  readonly name: string;
  /** Subpath → path of its declarations, both as in `exports`: `"./retry"` → `"./dist/retry.d.ts"`. */
  readonly entries: Readonly<Record<string, string>>;
  /** Reads a file of the package, by a path relative to it. */
  readonly read: (path: string) => string;
}

/** Where something is declared for the first time. */
interface Place {
  readonly path: string;
  readonly name: string;
}

/**
 * Writes down the public API of a package: each entry point with its exports, without comments, in alphabetical order,
 * and after them whatever they name but do not export.
 *
 * @throws {SyntaxError} When a declaration is not understood, or leads nowhere.
 */
export async function surfaceOf({ name, entries, read }: BuiltPackage): Promise<string> {
  const files = new Map<string, DeclarationFile>();
  const load = (path: string): DeclarationFile => {
    const file = files.get(path) ?? readDeclarations(path, read(path));
    files.set(path, file);
    return file;
  };
  const homes = homesOf(name, entries, load);
  const sections = await Promise.all(
    Object.entries(entries).map(([subpath, path]) =>
      sectionOf({ entry: name + subpath.slice(1), path: posix.normalize(path), load, homes }),
    ),
  );
  return sections.join("\n");
}

interface Section {
  readonly entry: string;
  readonly path: string;
  readonly load: (path: string) => DeclarationFile;
  /** Which entry point exports what is declared at a place, and as what. */
  readonly homes: ReadonlyMap<string, { readonly entry: string; readonly name: string }>;
}

async function sectionOf({ entry, path, load, homes }: Section): Promise<string> {
  const imported = new Set<string>();
  const done = new Set<string>();
  const exported: string[] = [];
  const hidden: { readonly name: string; readonly text: string }[] = [];
  const queue: Place[] = [];

  const names = [...load(path).exports.keys()].sort();
  if (names.length === 0) throw new SyntaxError(`${entry} exports nothing.`);
  for (const name of names) done.add(keyOf(placeOf({ path, name }, load)));
  for (const name of names) {
    const { typeOnly } = load(path).exports.get(name)!; // one of its own keys
    const place = placeOf({ path, name }, load);
    for (const { text, refersTo } of declarationsAt(place, load)) {
      const isValue = /^(declare|abstract|class|function|const)\b/.test(text);
      if (typeOnly && isValue) exported.push("// as a type only");
      exported.push(place.name === name ? "" : `// as ${name}`, `export ${text}`);
      follow(place.path, refersTo);
    }
  }
  for (let place = queue.shift(); place; place = queue.shift()) {
    for (const { text, refersTo } of declarationsAt(place, load)) {
      hidden.push({ name: place.name, text });
      follow(place.path, refersTo);
    }
  }

  const lines = [
    `// ${entry}`,
    ...[...imported].sort(),
    "",
    ...exported,
    ...(hidden.length > 0 ? ["", "// Named above, but not exported:", ""] : []),
    ...hidden
      .sort((a, b) => a.name.localeCompare(b.name) || a.text.localeCompare(b.text))
      .map(({ text }) => text),
  ];
  return format(lines.join("\n"), { parser: "typescript", printWidth: 100 });

  function follow(from: string, references: readonly string[]): void {
    const file = load(from);
    for (const reference of references) {
      const origin = file.imports.get(reference);
      if (origin && !origin.specifier.startsWith(".")) {
        imported.add(importOf(origin, reference));
      } else if (origin ?? file.declarations.has(reference)) {
        const place = placeOf({ path: from, name: reference }, load);
        if (done.has(keyOf(place))) continue;
        const home = homes.get(keyOf(place));
        if (home && home.entry !== entry) {
          imported.add(importOf({ specifier: home.entry, name: home.name }, reference));
        } else {
          done.add(keyOf(place));
          queue.push(place);
        }
      }
    }
  }
}

/** One line for one name, so that a change shows as one line. */
function importOf({ specifier, name }: Origin, local: string): string {
  const named = name === local ? name : `${name} as ${local}`;
  const clause = { "*": `* as ${local}`, default: local }[name] ?? `{ ${named} }`;
  return `import type ${clause} from "${specifier}";`;
}

function homesOf(
  name: string,
  entries: Readonly<Record<string, string>>,
  load: (path: string) => DeclarationFile,
): Section["homes"] {
  const homes = new Map<string, { readonly entry: string; readonly name: string }>();
  for (const [subpath, entryPath] of Object.entries(entries)) {
    const path = posix.normalize(entryPath);
    for (const exportedName of load(path).exports.keys()) {
      const key = keyOf(placeOf({ path, name: exportedName }, load));
      if (!homes.has(key)) homes.set(key, { entry: name + subpath.slice(1), name: exportedName });
    }
  }
  return homes;
}

/** Follows a name through imports and re-exports to the file that declares it. */
function placeOf({ path, name }: Place, load: (path: string) => DeclarationFile): Place {
  const file = load(path);
  const exported = file.exports.get(name);
  if (exported?.specifier !== undefined) {
    return placeOf({ path: target(path, exported.specifier), name: exported.name }, load);
  }
  const local = exported?.name ?? name;
  const origin = file.imports.get(local);
  if (origin) return placeOf({ path: target(path, origin.specifier), name: origin.name }, load);
  return { path, name: local };
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) {
    throw new SyntaxError(`${from} hands on an export of ${specifier}: an API text knows its own.`);
  }
  return posix.join(posix.dirname(from), specifier.replace(/\.[jt]s$/, ".d.ts"));
}

function declarationsAt(
  { path, name }: Place,
  load: (path: string) => DeclarationFile,
): readonly Declaration[] {
  const found = load(path).declarations.get(name);
  if (!found) throw new SyntaxError(`${path} declares no ${name}.`);
  return found;
}

function keyOf({ path, name }: Place): string {
  return `${path}#${name}`;
}
