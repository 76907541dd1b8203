import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspect } from "../architecture.ts";
import type { Inspected } from "../architecture.ts";
import { published } from "../tarballs.ts";
import { readManifest } from "../workspaces.ts";
import type { SourceFile } from "../workspaces.ts";
import { filesOf, createProject } from "./installed.ts";

// The house once more, as it leaves the door: the manifests that are packed, and what the packed code and declarations import.

const temporary = mkdtempSync(join(tmpdir(), "counterpoint-"));
afterAll(() => rmSync(temporary, { recursive: true }));

const packed = published.map(({ folder, manifest }): Inspected => {
  const home = join(temporary, folder);
  createProject([manifest.name], home);
  const target = join(home, "node_modules", manifest.name);
  return { folder, manifest: readManifest(target), files: shippedIn(target) };
});

test("every arrow points up in what is packed", () => {
  const { violations, seen } = inspect(packed);
  expect(violations).toEqual([]);
  for (const { files } of packed) {
    expect(files.some(({ path }) => path.startsWith("src/built/"))).toBe(true);
  }
  expect(Object.keys(seen)).toEqual(published.map(({ folder }) => folder));
  for (const { files, imports } of Object.values(seen)) {
    expect(files).toBeGreaterThan(0);
    expect(imports).toBeGreaterThan(0);
  }
});

test.each([
  ["code", "src/built/index.js", `export * from "@counterpoint/postgres";`],
  ["a declaration", "src/built/index.d.ts", `export type { X } from "@counterpoint/read-model";`],
  ["a module of Node's", "src/built/index.js", `import "node:fs";`],
  [
    "a path that is not exported",
    "src/built/index.js",
    `import "@counterpoint/bus/dist/router.js";`,
  ],
])("an arrow that points down is noticed in %s", (_what, path, text) => {
  const planted = packed.map((each) =>
    each.folder === "packages/write-model"
      ? { ...each, files: [{ path, text }] }
      : { ...each, files: [] },
  );
  expect(inspect(planted).violations).toEqual([
    expect.stringMatching(/^packages\/write-model\/src\/built\/index/),
  ]);
});

test("a dependency that points down is noticed", () => {
  const dependencies = { "@counterpoint/memory": "^0.1.0" };
  const planted = packed.map((each) => ({
    ...each,
    files: [],
    manifest:
      each.folder === "packages/events" ? { ...each.manifest, dependencies } : each.manifest,
  }));
  expect(inspect(planted).violations).toContain(
    "packages/events/package.json: it may not depend on @counterpoint/memory.",
  );
});

/** The check knows shipped code as what lies in `src`; what is built is shown to it as a part of that. */
function shippedIn(folder: string): SourceFile[] {
  return filesOf(folder)
    .filter((path) => /\.[jt]s$/.test(path))
    .map((path) => ({
      path: path.replace(/^dist\//, "src/built/"),
      text: readFileSync(join(folder, path), "utf8"),
    }));
}
