import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { HOUSE } from "./architecture.ts";
import type { Room } from "./architecture.ts";
import { install, link } from "./empty-folder.ts";
import { published } from "./tarballs.ts";
import { root } from "./workspaces.ts";
import type { Workspace } from "./workspaces.ts";

// Every published package in a folder of its own, with nothing beside it but what its manifest declares. Other
// packages of the house come from their tarballs, foreign ones are linked, so that no registry is asked.

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
  const installed = install([manifest.name], home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));

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
    expect(imported(home, main).names.length).toBeGreaterThan(0);
    linkOptionalPeers(workspace, home);
    for (const entry of entries) expect(imported(home, entry).url).toContain(`${main}/dist/`);
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

describe.each(published.filter((each) => roomOf(each)?.portable))(
  "$manifest.name in a browser",
  (workspace) => {
    const home = join(temporary, "browser", workspace.folder);
    install([workspace.manifest.name], home);
    linkOptionalPeers(workspace, home);

    test("is bundled", async () => {
      const { outputFiles } = await build({
        stdin: { contents: exportAll(entriesOf(workspace)), resolveDir: home },
        absWorkingDir: home,
        bundle: true,
        write: false,
        format: "esm",
        platform: "browser",
        logLevel: "silent",
      });
      expect(outputFiles[0]?.text).toContain("export {");
    });
  },
);

interface Imported {
  readonly url: string;
  readonly names: readonly string[];
}

const STRICT = {
  module: "NodeNext",
  target: "ES2022",
  lib: ["ES2023", "ESNext.Disposable", "DOM"],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
};

function roomOf({ folder }: Workspace): Room | undefined {
  return HOUSE[folder.split("/")[1] ?? ""];
}

function entriesOf({ manifest }: Workspace): string[] {
  return Object.keys(manifest.exports ?? {})
    .filter((path) => path !== "./package.json")
    .map((path) => manifest.name + path.slice(1));
}

function exportAll(entries: readonly string[]): string {
  return entries.map((entry, index) => `export * as entry${index} from "${entry}";`).join("\n");
}

function linkOptionalPeers({ manifest }: Workspace, home: string): void {
  for (const [name, { optional }] of Object.entries(manifest.peerDependenciesMeta ?? {})) {
    if (optional) link(name, home);
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.split(sep).join("/"));
}

function imported(cwd: string, entry: string): Imported {
  const script = `const names = Object.keys(await import("${entry}"));
    console.log(JSON.stringify({ url: import.meta.resolve("${entry}"), names }));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return JSON.parse(output) as Imported; // printed by the script above
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
