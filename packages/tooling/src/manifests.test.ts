import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { published } from "./tarballs.ts";
import { readManifest, root } from "./workspaces.ts";

// What a registry, a bundler and a stranger go by. That `exports` hold what they say is checked on the tarballs.

const { license, engines } = readManifest(root);

it("looks at packages", () => {
  expect(published.length).toBeGreaterThan(0);
});

describe.each(published)("the manifest of $manifest.name", ({ folder, manifest }) => {
  it("says what it is, whose it is, and under which licence", () => {
    expect(manifest).toMatchObject({
      name: `@counterpoint/${folder.slice("packages/".length)}`,
      description: expect.stringMatching(/^[A-Z].{20,}\.$/),
      license,
      repository: {
        type: "git",
        url: "git+https://github.com/counterpoint/counterpoint.git",
        directory: folder,
      },
      homepage: `https://github.com/counterpoint/counterpoint/tree/main/${folder}#readme`,
      bugs: "https://github.com/counterpoint/counterpoint/issues",
    });
    expect(new Set(manifest.keywords).size).toBeGreaterThanOrEqual(5);
    const licence = readFileSync(join(root, folder, "LICENSE"), "utf8");
    expect(licence).toBe(readFileSync(join(root, "LICENSE"), "utf8"));
  });

  it("can be published with provenance, and for everybody", () => {
    expect(manifest.publishConfig).toEqual({ access: "public", provenance: true });
  });

  it("is an ES module without side effects, for the Node that is tested", () => {
    expect(manifest).toMatchObject({ type: "module", sideEffects: false, engines });
  });

  it("offers each entry point as source, types and code, in this order", () => {
    const { "./package.json": itself, ...entries } = manifest.exports ?? {};
    expect(itself).toBe("./package.json");
    expect(Object.keys(entries)).toContain(".");
    for (const entry of Object.values(entries)) {
      const { "@counterpoint/source": source = "" } = entry as Readonly<Record<string, string>>; // else the next line fails
      const built = source.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1");
      expect(Object.entries(entry as object)).toEqual([
        ["@counterpoint/source", source],
        ["types", `${built}.d.ts`],
        ["default", `${built}.js`],
      ]);
      expect(existsSync(join(root, folder, source))).toBe(true);
    }
  });

  it("ships its source and what is built from it, but no test", () => {
    expect(manifest.files).toEqual(
      expect.arrayContaining(["dist", "src", "!src/**/*.test.ts", "!src/**/*.test-d.ts"]),
    );
  });

  it("builds into an empty folder, so that nothing old is shipped", () => {
    expect(manifest.scripts?.["build"]).toMatch(/^node --eval "fs\.rmSync\('dist', .* && tsc /);
  });
});
