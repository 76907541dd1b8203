import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { fulfils } from "../docs/claims.ts";
import { parsePage } from "../docs/markdown.ts";
import { codeOf, modulesOf } from "../docs/modules.ts";
import { importsOf } from "../imports.ts";
import { published } from "../tarballs.ts";
import { root } from "../workspaces.ts";
import { createProject, linkOptionalPeers } from "./installed.ts";

// What a stranger does first: the README's line of `npm i`, and its first example, with the packages as they are published.

const temporary = mkdtempSync(join(tmpdir(), "counterpoint-"));
chmodSync(temporary, 0o755); // a Postgres that runs as somebody else has to enter it
afterAll(() => rmSync(temporary, { recursive: true }));

describe.each(published)("the README of $manifest.name", (workspace) => {
  const home = join(temporary, workspace.folder);
  const { wanted, code } = firstExample(
    readFileSync(join(root, workspace.folder, "README.md"), "utf8"),
  );
  const installed = createProject(wanted, home);

  test("installs what it is about, and all that its first example imports", () => {
    const imports = importsOf("example.ts", code.visible).map(({ specifier = "" }) =>
      nameOf(specifier),
    );
    expect(wanted).toContain(workspace.manifest.name);
    expect(imports).toContain(workspace.manifest.name);
    expect([...wanted]).toEqual(expect.arrayContaining(imports.filter((name) => name !== "node")));
    expect(installed.slice(0, wanted.length)).toEqual(wanted);
  });

  test("has a first example that does what it says", async () => {
    linkOptionalPeers(workspace, home);
    const script = await transform(code.whole, { loader: "ts", format: "esm", target: "node20" });
    writeFileSync(join(home, "example.js"), script.code);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["example.js"], {
      cwd: home,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"] },
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const claims = [...code.visible.matchAll(/\/\/ => (.*)$/gm)].map(([, claim = ""]) => claim);
    expect(stdout, "the output").toSatisfy((output: string) =>
      fulfils(claims.join("\n"), output.trimEnd()),
    );
  });
});

interface FirstExample {
  /** What its first line of `npm i` asks for. */
  readonly wanted: readonly string[];
  readonly code: {
    /** As readers see it. */
    readonly visible: string;
    /** With the set-up that readers do not see. */
    readonly whole: string;
  };
}

function firstExample(readme: string): FirstExample {
  const page = parsePage("README.md", readme);
  const line = /^npm i(?: -D)? (.+)$/m.exec(
    page.blocks.find(({ language }) => language === "sh")?.code ?? "",
  );
  const visible = page.blocks.find(({ language, hidden }) => language === "ts" && !hidden);
  const example = modulesOf(page).modules.find(({ parts }) =>
    parts.some(({ block }) => block === visible),
  );
  if (!line?.[1] || !visible || !example)
    throw new Error("It has no line of npm i, or no example.");
  const parts = example.parts.slice(
    0,
    example.parts.findIndex(({ block }) => block === visible) + 1,
  );
  return {
    wanted: line[1].split(" "),
    code: { visible: visible.code, whole: codeOf({ ...example, parts }) },
  };
}

/** `@scope/name/sub` → `@scope/name`, `node:fs` → `node`. */
function nameOf(specifier: string): string {
  if (specifier.startsWith("node:")) return "node";
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
