import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../workspaces.ts";
import { cqrsCost, linesOf, plainCost } from "./count.ts";
import type { Cost } from "./count.ts";

const PAGE = "docs/explanation/service-layer-compared.md";

const ROWS: Readonly<Record<string, keyof Cost>> = {
  files: "files",
  "lines of code": "lines",
  "files that name the field `email`": "filesOfAField",
  "lines of code behind it, in this repository": "libraryLines",
  "dependencies to name": "dependencies",
  "packages installed for them": "installed",
};

/** Code changes a little every week, and what the page says of it stays true. */
function isAbout(said: number, actual: number): boolean {
  return Math.abs(said - actual) <= Math.max(1, actual * 0.15);
}

describe("the comparison with a plain service", () => {
  const page = readFileSync(join(root, PAGE), "utf8");
  const plain = plainCost();
  const cqrs = cqrsCost();

  it.each(Object.entries(ROWS))("tells %s as they are", (label, key) => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${label} `));
    const [, , saidPlain, saidCqrs] =
      row?.split("|").map((cell) => Number(cell.replaceAll(",", ""))) ?? [];
    const actual = `${PAGE}: ${label}: ${plain[key]} and ${cqrs[key]}`;
    const said = `${PAGE}: ${label}: ${saidPlain} and ${saidCqrs}`;
    const isTrue = isAbout(saidPlain ?? NaN, plain[key]) && isAbout(saidCqrs ?? NaN, cqrs[key]);
    expect(isTrue ? actual : said).toBe(actual);
  });

  it("has counted something", () => {
    for (const cost of [plain, cqrs]) {
      for (const count of Object.values(cost)) expect(count).toBeGreaterThan(1);
    }
  });
});

describe("lines of code", () => {
  it("are those that are neither blank nor comment", () => {
    const text = "/** a\n * b */\n\nconst a = 1; // c\n  // d\nconst b = `\n//\n`;\n";
    expect(linesOf({ path: "a.ts", text })).toBe(4);
  });
});

describe("about", () => {
  it.each([
    [100, 100, true],
    [100, 110, true],
    [100, 130, false],
    [100, 80, false],
    [3, 4, true],
    [3, 5, false],
    [Number.NaN, 5, false],
  ])("%d for %d: %s", (said, actual, expected) => {
    expect(isAbout(said, actual)).toBe(expected);
  });
});
