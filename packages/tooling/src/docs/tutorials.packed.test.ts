import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { install } from "../empty-folder.ts";
import { root } from "../workspaces.ts";
import { fulfils } from "./claims.ts";
import type { CodeBlock } from "./markdown.ts";
import { isFollowed, nameOf } from "./modules.ts";
import { readPages } from "./pages.ts";

// Every tutorial, followed word by word in an empty folder with the packages as they would be published: files are
// written, commands are run, and what they print is compared with the page.

const temporary = mkdtempSync(join(tmpdir(), "counterpoint-tutorials-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const tutorials = readPages().filter(isFollowed);

test("there are tutorials to follow", () => {
  expect(tutorials.length).toBeGreaterThan(1);
});

describe.each(tutorials)("$path", ({ path, blocks }) => {
  let folder = mkdtempSync(join(temporary, "reader-"));
  let commands = 0;
  let outputs = 0;
  let transcript = "";

  test("can be followed word by word in an empty folder", { timeout: 300_000 }, () => {
    for (const [index, block] of blocks.entries()) {
      const name = nameOf(block);
      if (name !== undefined) write(block, join(folder, name));
      if (block.language === "sh") follow(block, blocks[index + 1]);
    }
    keep(`${basename(path, ".md")}.txt`, transcript);
    expect(commands).toBeGreaterThan(0);
    expect(outputs).toBeGreaterThan(0);
  });

  function follow(block: CodeBlock, next: CodeBlock | undefined): void {
    commands += 1;
    transcript += block.code.replace(/^/gm, "$ ").replace(/\$ $/, "");
    const { status, output, place } = inShell(block.code, folder);
    folder = place;
    transcript += `${output}\n`;
    const fails = block.marks.includes("fails");
    expect({ line: block.line, output, failed: status !== 0 }).toMatchObject({ failed: fails });
    if (next?.language !== "txt") return;
    outputs += 1;
    if (fulfils(next.code.trimEnd(), output.trimEnd())) return;
    expect(output, `${path}:${next.line}`).toBe(next.code);
  }
});

function write({ marks, code }: CodeBlock, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (marks.includes("add")) appendFileSync(path, code);
  else writeFileSync(path, code);
}

/** For people who want to see what a reader sees: `packages/tooling/.cache/transcripts`. */
function keep(name: string, transcript: string): void {
  const transcripts = join(root, "packages/tooling/.cache/transcripts");
  mkdirSync(transcripts, { recursive: true });
  writeFileSync(join(transcripts, name), transcript);
}

const INSTALL = /^npm (?:install|i) (?<what>.+)$/;

/** Runs commands as a reader would, but that packages come from here; the shell goes on where it has ended. */
function inShell(code: string, from: string) {
  let place = from;
  let output = "";
  for (const line of code.trim().split("\n")) {
    const what = INSTALL.exec(line)?.groups?.["what"];
    if (what !== undefined) {
      install(
        what.split(" ").filter((word) => !word.startsWith("-")),
        place,
      );
      continue;
    }
    const {
      status,
      stdout,
      stderr,
      output: streams,
    } = spawnSync("sh", ["-c", `${line}\nended=$?; pwd >&3; exit $ended`], {
      cwd: place,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        HOME: temporary,
        NO_COLOR: "1",
        npm_config_loglevel: "error",
        npm_config_offline: "true",
        npm_config_update_notifier: "false",
      },
    });
    output += stdout + stderr;
    place = streams[3]?.trim() || place;
    if (status !== 0) return { status, output, place };
  }
  return { status: 0, output, place };
}
