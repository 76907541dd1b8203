import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { HOUSE } from "./architecture.ts";
import type { Room } from "./architecture.ts";
import { published, tarballOf } from "./tarballs.ts";
import { readManifest, root } from "./workspaces.ts";
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
  const installed = install(workspace, home);

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

  test("is imported by Node", () => {
    const found = JSON.parse(node(home, importAll(entries))) as Record<string, Imported>;
    expect(Object.keys(found)).toEqual(entries);
    for (const { url } of Object.values(found)) expect(url).toContain(`${manifest.name}/dist/`);
    expect(found[manifest.name]?.names.length).toBeGreaterThan(0);
  });

  test("type-checks in a strict project that checks its libraries too", () => {
    writeFileSync(join(home, "main.ts"), exportAll(entries));
    writeFileSync(join(home, "tsconfig.json"), JSON.stringify(STRICT));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", home], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});

describe.each(published.filter((each) => roomOf(each)?.portable))(
  "$manifest.name in a browser",
  (workspace) => {
    const home = join(temporary, "browser", workspace.folder);
    install(workspace, home);

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
  compilerOptions: {
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable", "DOM"],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  },
  files: ["main.ts"],
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

/** Lays a package and all that it needs into `home/node_modules`; names what lies there, the package first. */
function install({ manifest }: Workspace, home: string): string[] {
  const names = [manifest.name];
  for (const name of names) {
    const target = join(home, "node_modules", name);
    const own = published.find((each) => each.manifest.name === name);
    mkdirSync(own ? target : dirname(target), { recursive: true });
    if (!own) {
      symlinkSync(foreignFolder(name), target, "junction");
      continue;
    }
    execFileSync("tar", ["-xzf", tarballOf(own.manifest), "-C", target, "--strip-components=1"]);
    for (const needed of needsOf(target)) if (!names.includes(needed)) names.push(needed);
  }
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  return names;
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

function foreignFolder(name: string): string {
  const places = ["", ...published.map(({ folder }) => `${folder}/`)];
  const found = places.map((place) => join(root, place, "node_modules", name)).find(existsSync);
  if (found === undefined) throw new Error(`${name} is not installed.`);
  return found;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.split(sep).join("/"));
}

function node(cwd: string, script: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
}

function importAll(entries: readonly string[]): string {
  return `const found = {};
    for (const entry of ${JSON.stringify(entries)}) {
      const names = Object.keys(await import(entry));
      found[entry] = { url: import.meta.resolve(entry), names };
    }
    console.log(JSON.stringify(found));`;
}
