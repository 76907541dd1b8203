import { describe, expect, test } from "vitest";
import { HOUSE, inspect } from "./architecture.ts";
import type { Inspected } from "./architecture.ts";
import { readManifest, readSources, readWorkspaces, root } from "./workspaces.ts";
import type { Manifest } from "./workspaces.ts";

describe("the house", () => {
  const workspaces = readWorkspaces().map((each) => ({ ...each, files: readSources(each.folder) }));
  const rootTools = Object.keys(readManifest(root).devDependencies ?? {});
  const { violations, seen } = inspect(workspaces, rootTools);

  test("stands as drawn", () => {
    expect(violations).toEqual([]);
  });

  test.each(workspaces.map(({ folder }) => folder))("was looked at in %s", (folder) => {
    expect(seen[folder]?.files).toBeGreaterThan(0);
    expect(seen[folder]?.imports).toBeGreaterThan(0);
  });

  test("has its rooms", () => {
    const folders = workspaces.map(({ folder }) => folder);
    for (const room of ["bus", "events", "write-model", "read-model", "memory", "hono"]) {
      expect(folders).toContain(`packages/${room}`);
    }
  });
});

describe("the drawing", () => {
  const rooms = Object.keys(HOUSE);

  test.each(rooms)("lets %s use only what stands above it", (name) => {
    const above = rooms.slice(0, rooms.indexOf(name));
    expect(above).toEqual(expect.arrayContaining([...(HOUSE[name]?.uses ?? [])]));
    expect(above).toEqual(expect.arrayContaining([...(HOUSE[name]?.testsUse ?? [])]));
  });

  test.each(["bus", "events", "write-model", "read-model"])("keeps testing out of %s", (name) => {
    expect(HOUSE[name]?.testsUse ?? []).not.toContain("testing");
  });
});

describe("the inspection", () => {
  test("finds nothing in a house that stands as drawn", () => {
    const { violations, seen } = inspect(house());
    expect(violations).toEqual([]);
    expect(seen["packages/bus"]).toEqual({ files: 1, imports: 1 });
    expect(seen["packages/read-model"]).toEqual({ files: 1, imports: 2 });
  });

  test.each([
    ["static", `import { decider } from "@counterpoint/write-model";`],
    ["for a side effect", `import "@counterpoint/write-model";`],
    ["of types", `import type { Decider } from "@counterpoint/write-model";`],
    ["a re-export", `export * from "@counterpoint/write-model";`],
    ["dynamic", `const late = await import("@counterpoint/write-model");`],
    ["in a template", "const late = await import(`@counterpoint/write-model`);"],
    ["within a type", `type Decider = import("@counterpoint/write-model").Decider;`],
    ["required", `const old = require("@counterpoint/write-model");`],
    ["an assignment", `import old = require("@counterpoint/write-model");`],
    ["resolved", `import.meta.resolve("@counterpoint/write-model");`],
  ])("sees an import that is %s", (_kind, text) => {
    expect(findings("read-model", { text })).toEqual([
      "packages/read-model/src/index.ts:1: it may not import @counterpoint/write-model.",
    ]);
  });

  test("counts no test as production code that it saw", () => {
    const path = "src/x.test.ts";
    const { seen } = inspect(replaced("memory", { path, text: `import "./x.ts";` }));
    expect(seen["packages/memory"]).toEqual({ files: 0, imports: 0 });
  });

  test("is not misled by text that only looks like an import", () => {
    const text = `// import "@counterpoint/write-model"\nconst text = 'import("@counterpoint/write-model")';`;
    expect(findings("read-model", { text })).toEqual([]);
  });

  test("says on which line", () => {
    const text = `\n\nimport "@counterpoint/read-model";`;
    expect(findings("write-model", { text })).toEqual([
      "packages/write-model/src/index.ts:3: it may not import @counterpoint/read-model.",
    ]);
  });

  test.each([
    ["write-model", "read-model"],
    ["read-model", "write-model"],
    ["memory", "postgres"],
    ["postgres", "memory"],
    ["hono", "write-model"],
    ["hono", "memory"],
    ["bus", "events"],
    ["events", "memory"],
    ["testing", "memory"],
    ["read-model", "testing"],
  ])("refuses that %s leans on %s", (from, to) => {
    const name = `@counterpoint/${to}`;
    const manifest = { dependencies: { [name]: "^0.1.0" } };
    const found = findings(from, { manifest, text: `import "${name}";` });
    expect(found).toContain(`packages/${from}/package.json: it may not depend on ${name}.`);
    expect(found).toContain(`packages/${from}/src/index.ts:1: it may not import ${name}.`);
  });

  test.each(["bus", "events", "write-model", "read-model"])(
    "refuses that the tests of %s lean on testing",
    (from) => {
      const name = "@counterpoint/testing";
      const manifest = { devDependencies: { [name]: "^0.1.0" } };
      const found = findings(from, { manifest, path: "src/x.test.ts", text: `import "${name}";` });
      expect(found).toEqual([
        `packages/${from}/package.json: not even its tests may depend on ${name}.`,
        `packages/${from}/src/x.test.ts:1: it may not import ${name}.`,
      ]);
    },
  );

  test("lets the tests of an adapter use testing, and not its production code", () => {
    const name = "@counterpoint/testing";
    const given = {
      manifest: { devDependencies: { [name]: "^0.1.0" } },
      text: `import "${name}";`,
    };
    expect(findings("memory", { ...given, path: "src/x.test.ts" })).toEqual([]);
    expect(findings("memory", given)).toEqual([
      `packages/memory/src/index.ts:1: it may not import ${name}.`,
    ]);
  });

  test.each(["bus", "events", "write-model", "read-model", "hono"])(
    "refuses modules of Node's in %s, but not in its tests",
    (room) => {
      const text = `import "node:fs";\nimport "crypto";`;
      expect(findings(room, { text })).toEqual([
        `packages/${room}/src/index.ts:1: it runs anywhere, so it may not import node:fs.`,
        `packages/${room}/src/index.ts:2: it runs anywhere, so it may not import crypto.`,
      ]);
      expect(findings(room, { text, path: "src/x.test.ts" })).toEqual([]);
      expect(findings(room, { text, path: "vitest.config.js" })).toEqual([]);
    },
  );

  test.each(["dependencies", "optionalDependencies", "peerDependencies"])(
    "refuses any of bus's %s",
    (kind) => {
      expect(findings("bus", { manifest: { [kind]: { zod: "^4.0.0" } } })).toEqual([
        "packages/bus/package.json: it has no dependencies, so not zod either.",
      ]);
    },
  );

  test("lets bus have an optional peer", () => {
    const manifest = {
      peerDependencies: { "@opentelemetry/api": "^1.0.0" },
      peerDependenciesMeta: { "@opentelemetry/api": { optional: true } },
    };
    expect(findings("bus", { manifest, text: `import "@opentelemetry/api";` })).toEqual([]);
  });

  test.each(["../../bus/src/index.ts", "/etc/passwd"])("refuses a path out, %s", (path) => {
    expect(findings("events", { text: `import "${path}";` })).toEqual([
      `packages/events/src/index.ts:1: ${path} leaves the workspace: import the other package by its name.`,
    ]);
    expect(findings("events", { text: `import "../test/own.ts";`, path: "src/x.test.ts" })).toEqual(
      [],
    );
  });

  test("refuses a path out in an app too", () => {
    const path = "../../../packages/bus/src/index.ts";
    const app = workspace("apps/demo", { path: "server/main.ts", text: `import "${path}";` });
    expect(inspect([...house(), app]).violations).toEqual([
      `apps/demo/server/main.ts:1: ${path} leaves the workspace: import the other package by its name.`,
    ]);
  });

  test.each(["@counterpoint/bus/src/router.ts", "@counterpoint/bus/toString"])(
    "refuses %s, which bus does not export",
    (specifier) => {
      expect(findings("events", { text: `import "${specifier}";` })).toEqual([
        `packages/events/src/index.ts:1: @counterpoint/bus does not export ${specifier}.`,
      ]);
      expect(findings("events", { text: `import "@counterpoint/bus/retry";` })).toEqual([]);
    },
  );

  test("refuses a package that no manifest declares", () => {
    expect(findings("hono", { text: `import "zod/mini";` })).toEqual([
      "packages/hono/src/index.ts:1: zod is not among the dependencies of its package.json.",
    ]);
    const [finding] = findings("hono", { path: "src/x.test.ts", text: `import "vitest";` });
    expect(finding).toMatch(/vitest is not among the dependencies or devDependencies/);
  });

  test("refuses a devDependency in production code, of an app too", () => {
    const manifest = { devDependencies: { zod: "^4.0.0" } };
    const text = `import "zod";`;
    expect(findings("hono", { manifest, text })).toHaveLength(1);
    expect(findings("hono", { manifest, text, path: "src/x.test.ts" })).toEqual([]);
    const app = workspace("apps/demo", { manifest, text, path: "server/main.ts" });
    expect(inspect([...house(), app]).violations).toHaveLength(1);
  });

  test("lets test code alone use what the root provides", () => {
    const text = `import "vitest";`;
    const inTest = replaced("bus", { text, path: "src/x.test.ts" });
    expect(inspect(inTest, ["vitest"]).violations).toEqual([]);
    expect(inspect(replaced("bus", { text }), ["vitest"]).violations).toHaveLength(1);
  });

  test("refuses test code in production code", () => {
    expect(findings("bus", { text: `import "./router.test.ts";` })).toEqual([
      "packages/bus/src/index.ts:1: ./router.test.ts is test code, which is not shipped.",
    ]);
    expect(findings("bus", { text: `import "../fixtures/user.ts";` })).toHaveLength(1);
  });

  test("refuses an import that is computed, in what is published", () => {
    const [finding] = findings("bus", { text: `await import("a" + "b");` });
    expect(finding).toMatch(/computes what it imports/);
  });

  test("refuses a package without a room", () => {
    const stranger = workspace("packages/toString", {});
    expect(inspect([...house(), stranger]).violations).toEqual([
      "packages/toString: give this package a room in HOUSE, in architecture.ts.",
    ]);
  });

  test("throws on a file that does not parse", () => {
    expect(() => findings("bus", { text: "import {" })).toThrow(SyntaxError);
  });
});

interface Change {
  readonly manifest?: Partial<Manifest>;
  readonly path?: string;
  readonly text?: string;
}

/** A small house that stands as drawn. */
function house(): Inspected[] {
  const bus = { "@counterpoint/bus": "^0.1.0" };
  const shared = { manifest: { dependencies: { ...bus, "@counterpoint/events": "^0.1.0" } } };
  const text = `import "@counterpoint/events";\nimport "@counterpoint/bus/retry";`;
  return [
    workspace("packages/bus", { text: `import "./router.ts";` }),
    workspace("packages/events", { manifest: { dependencies: bus } }),
    workspace("packages/write-model", { ...shared, text }),
    workspace("packages/read-model", { ...shared, text }),
    workspace("packages/testing", shared),
    workspace("packages/memory", shared),
    workspace("packages/postgres", shared),
    workspace("packages/hono", shared),
  ];
}

function workspace(
  folder: string,
  { manifest, path = "src/index.ts", text = "" }: Change,
): Inspected {
  const exports = { ".": {}, "./retry": {} };
  const name = `@counterpoint/${folder.split("/")[1]}`;
  return { folder, manifest: { name, exports, ...manifest }, files: [{ path, text }] };
}

/** The small house with one package changed; what the change does not name stays. */
function replaced(room: string, change: Change): Inspected[] {
  return house().map((each) => {
    if (each.folder !== `packages/${room}`) return each;
    return workspace(each.folder, {
      ...change,
      manifest: { ...each.manifest, ...change.manifest },
    });
  });
}

function findings(room: string, change: Change): readonly string[] {
  return inspect(replaced(room, change)).violations;
}
