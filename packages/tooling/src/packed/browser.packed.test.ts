import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../browser.ts";
import { published } from "../tarballs.ts";
import { PROGRAMS } from "./browser-programs.ts";
import { entriesOf, exportAll, createProject, linkOptionalPeers, roomOf } from "./installed.ts";

// Packages that run anywhere, bundled from their tarballs without anything of Node's, and run in a page.

const temporary = mkdtempSync(join(tmpdir(), "counterpoint-"));
const portable = published.filter((each) => roomOf(each)?.portable);
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(temporary, { recursive: true });
});

test("what runs in a browser are these packages", () => {
  const names = portable.map(({ manifest }) => manifest.name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(PROGRAMS)));
  // Its program is a server's: a page has nothing to listen on.
  expect(names.filter((name) => !(name in PROGRAMS))).toEqual(["@counterpoint/hono"]);
});

describe.each(portable)("$manifest.name in a browser", (workspace) => {
  const { name } = workspace.manifest;
  const { imports, body, result } = PROGRAMS[name] ?? EMPTY;
  const home = join(temporary, workspace.folder);
  createProject([name], home);
  linkOptionalPeers(workspace, home);

  test("is bundled, and does its work in a page, however that came", async () => {
    const everything = exportAll(entriesOf(workspace));
    const program = `${imports}\n${everything}\nexport async function run() { ${body} }`;
    const script = await bundled(program, home);
    for (const url of [SECURE, "http://counterpoint.test/"]) {
      expect(await outcomeOf(script, url)).toEqual({ result, complaints: [] });
    }
  });
});

describe("what only runs in Node", () => {
  test("cannot be bundled", async () => {
    const program = `import fs from "node:fs"; export const run = () => fs.sep;`;
    await expect(bundled(program, temporary)).rejects.toThrow("node:fs");
  });

  test.each(["process.version", "Buffer.from('')", "setImmediate(() => {})"])(
    "breaks in a page: %s",
    async (code) => {
      const script = await bundled(`export const run = async () => ${code};`, temporary);
      await expect(outcomeOf(script)).rejects.toThrow("is not defined");
    },
  );

  test("is complained about when it fails unheard", async () => {
    const script = await bundled(
      `setTimeout(() => process.exit()); export const run = () => 1;`,
      temporary,
    );
    const { complaints } = await outcomeOf(script);
    expect(complaints).toEqual([expect.stringContaining("process is not defined")]);
  });
});

const SECURE = "https://counterpoint.test/";
const EMPTY = { imports: "", body: "", result: undefined };

async function bundled(contents: string, resolveDir: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    absWorkingDir: resolveDir,
    bundle: true,
    write: false,
    format: "iife",
    globalName: "program",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** Runs a bundle in a page of its own, which has an address but needs no network. */
async function outcomeOf(
  script: string,
  url = SECURE,
): Promise<{ result: unknown; complaints: string[] }> {
  const page = await browser.newPage();
  await page.route("**", (route) => route.fulfill({ contentType: "text/html", body: "<title>" }));
  await page.goto(url);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => complaints.push(message.text()));
  try {
    await page.addScriptTag({ content: script });
    const result: unknown = await page.evaluate("program.run()");
    await page.evaluate("new Promise((resolve) => setTimeout(resolve))"); // whatever was due has run
    return { result, complaints };
  } finally {
    await page.close();
  }
}
