import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { link } from "../empty-folder.ts";
import { published } from "../tarballs.ts";
import { root } from "../workspaces.ts";
import {
  createProject,
  entriesOf,
  exportAll,
  filesOf,
  linkOptionalPeers,
  roomOf,
} from "./installed.ts";

// Every published package in an empty project of its own.

const temporary = mkdtempSync(join(tmpdir(), "counterpoint-"));
afterAll(() => rmSync(temporary, { recursive: true }));

test("looks at packages", () => {
  expect(published.length).toBeGreaterThan(0);
});

describe.each(published)("$manifest.name alone", (workspace) => {
  const { manifest, folder } = workspace;
  const home = join(temporary, folder);
  const room = roomOf(workspace);
  const entries = entriesOf(workspace);
  const installed = createProject([manifest.name], home);

  test("brings no other package than its manifest says", () => {
    const houses = installed.filter((name) => name.startsWith("@counterpoint/"));
    const allowed = (room?.uses ?? []).map((name) => `@counterpoint/${name}`);
    expect(houses[0]).toBe(manifest.name);
    expect([manifest.name, ...allowed]).toEqual(expect.arrayContaining(houses));
    if (room?.dependencyFree) expect(installed).toEqual([manifest.name]);
  });

  test("ships what was built from its source, and no test", () => {
    const files = filesOf(join(home, "node_modules", manifest.name));
    const sources = files.filter((path) => /^src\/.*\.tsx?$/.test(path));
    const expected = sources.map((path) => path.replace("src/", "dist/").replace(/\.tsx?$/, ""));
    const dist = files.filter((path) => path.startsWith("dist/"));
    const built = new Set(dist.map((path) => path.replace(/(\.d)?\.[jt]s(\.map)?$/, "")));
    expect(expected.length).toBeGreaterThan(0);
    expect([...built].sort()).toEqual(expected.sort());
    expect(files.filter((path) => /\.(test|test-d|bench)\./.test(path))).toEqual([]);
  });

  test("is imported by Node, optional peers only where a subpath is for them", () => {
    const main = manifest.name;
    expect(entries).toContain(main);
    expect(imported(home, [main])).toMatchObject([{ names: expect.arrayContaining([ANY_NAME]) }]);
    linkOptionalPeers(workspace, home);
    for (const { url } of imported(home, entries)) expect(url).toContain(`${main}/dist/`);
  });

  test("is required by Node as it is imported, since an ES module can be", () => {
    linkOptionalPeers(workspace, home);
    expect(required(home, entries)).toEqual(imported(home, entries).map(({ names }) => names));
  });

  test("type-checks in a strict project that checks its libraries too", () => {
    linkOptionalPeers(workspace, home);
    if (!room?.portable) link("@types/node", home);
    const types = room?.portable ? [] : ["node"];
    const compilerOptions = { ...STRICT, types };
    const slip = `export const slip: number = "text";`; // shows that the compiler looked
    writeFileSync(join(home, "main.ts"), `${slip}\n${exportAll(entries)}`);
    writeFileSync(
      join(home, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["main.ts"] }),
    );
    expect(typeErrors(home)).toEqual([expect.stringContaining("main.ts(1,14): error TS2322")]);
  });
});

interface Imported {
  readonly url: string;
  readonly names: readonly string[];
}

const ANY_NAME: unknown = expect.any(String);

const STRICT = {
  module: "NodeNext",
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable", "DOM"],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
};

function imported(cwd: string, entries: readonly string[]): Imported[] {
  const script = `
    const read = async (entry) => ({
      url: import.meta.resolve(entry),
      names: Object.keys(await import(entry)).sort(),
    });
    console.log(JSON.stringify(await Promise.all(${JSON.stringify(entries)}.map(read))));`;
  return JSON.parse(evaluated(cwd, "module", script)) as Imported[]; // printed by the script above
}

function required(cwd: string, entries: readonly string[]): unknown {
  const script = `
    const read = (entry) => Object.keys(require(entry)).sort();
    console.log(JSON.stringify(${JSON.stringify(entries)}.map(read)));`;
  return JSON.parse(evaluated(cwd, "commonjs", script));
}

function evaluated(cwd: string, type: "module" | "commonjs", script: string): string {
  return execFileSync(process.execPath, [`--input-type=${type}`, "--eval", script], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"], // some versions warn that requiring an ES module is new
  });
}

/** The compiler's complaints, but those about what other packages declare. */
function typeErrors(cwd: string): string[] {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", cwd, "--pretty", "false"], {
    cwd,
    encoding: "utf8",
  });
  return stdout
    .split("\n")
    .filter((line) => line.includes("error TS"))
    .filter((line) => !/node_modules\/(?!@counterpoint\/)/.test(line.split(": error TS")[0] ?? ""));
}
