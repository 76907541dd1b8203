import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../workspaces.ts";
import { docstringsOf, readDocstrings } from "./docstrings.ts";
import { compileExamples, executeExamples } from "./examples.ts";

// Docstrings that are wrong in one way each: what the step `docs` of the gate turns red for.

const cache = join(root, "packages/tooling/.cache");
mkdirSync(cache, { recursive: true });
const temporary = mkdtempSync(join(cache, "docstrings-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe("an example in a docstring", () => {
  test("is compiled and executed, where it says what comes out", async () => {
    const found = docstringsOf("packages/bus/src/x.ts", withExample("const a = 1;", "a; // => 1"));
    expect(found).toMatchObject({ problems: [], docstrings: 1 });
    expect(await compiled("const a = 1;", "a; // => 1")).toEqual({ problems: [], looked: 1 });
    expect(await executed("const a = 1;", "a; // => 1")).toEqual({ problems: [], looked: 1 });
  });

  test("is refused when it does not compile, with the file and the line", async () => {
    const { problems } = await compiled("const a = 1;", 'const b: number = "text";');
    expect(problems).toEqual([expect.stringMatching(/^packages\/bus\/src\/x\.ts:8: error TS2322/)]);
  });

  test.each([
    ["a package that is not there", 'import { bus } from "counterpoint";', "TS2307"],
    ["a file of the package", 'import { retry } from "./retry.ts";', "TS2307"],
    ["a name that the package lacks", 'import { Bus } from "@counterpoint/bus";', "TS2305"],
    ["nothing that it uses", "const bus = new CommandBus();", "TS2304"],
  ])("is refused when it imports %s", async (_what, code, error) => {
    const { problems } = await compiled(code);
    expect(problems).toEqual([expect.stringContaining(`packages/bus/src/x.ts:7: error ${error}`)]);
  });

  test("is refused when something else comes out", async () => {
    const { problems } = await executed('import { Duplex } from "node:stream";', "1 + 1; // => 3");
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^packages\/bus\/src\/x\.ts:8: [^]*\b3\n[^]*\b2$/);
  });

  test("sees nothing of another one", async () => {
    const text = `${withExample("const a = 1;")}\n${withExample("a + 1;")}`;
    const { modules } = docstringsOf("packages/bus/src/x.ts", text);
    const { problems, looked } = await compileExamples(modules, join(temporary, "two"));
    expect(problems).toEqual([
      expect.stringMatching(/^packages\/bus\/src\/x\.ts:18: error TS2304/),
    ]);
    expect(looked).toBe(2);
  });

  test.each([
    ["without fences", " * @example\n * backoffMs(3); // => 400"],
    ["on the line of its tag", " * @example backoffMs(3) // => 400"],
    ["in another language", " * @example\n * ```js\n * 1;\n * ```"],
    ["in two blocks", " * @example\n * ```ts\n * 1;\n * ```\n * ```ts\n * 2;\n * ```"],
  ])("is refused %s", (_how, lines) => {
    expect(docstringsOf("x.ts", `/**\n * Waits.\n${lines}\n */\nlet a;\n`)).toEqual({
      modules: [],
      problems: ["x.ts:3: an example is one block of ts, between two fences."],
      docstrings: 1,
    });
  });

  test("is refused with a mark of a page", () => {
    const { problems } = docstringsOf("x.ts", withExample("1;").replace("```ts", "```ts fails"));
    expect(problems).toEqual(["x.ts:7: an example knows no mark fails."]);
  });

  test("ends where the next tag begins, and there may be several", () => {
    const example = " * @example\n * ```ts\n * 1;\n * ```\n";
    const text = `/**\n${example} * @see https://example.org\n${example} */\nlet a;\n`;
    const { modules, docstrings } = docstringsOf("x.ts", text);
    expect(modules.map(({ path }) => path)).toEqual(["x/line-4.ts", "x/line-9.ts"]);
    expect(docstrings).toBe(1);
  });

  test("is no string, and no comment of another kind", () => {
    const text = 'const a = " * @example";\n/*\n * @example\n */\n//* @example\n';
    expect(docstringsOf("x.ts", text)).toEqual({ modules: [], problems: [], docstrings: 0 });
  });
});

test("the packages' docstrings are found", () => {
  const pages = readDocstrings().modules.map(({ page }) => page);
  expect(pages).toContain("packages/bus/src/command-bus.ts");
  expect(new Set(pages).size).toBeGreaterThan(10);
});

/** The code begins on line 7. */
function withExample(...code: readonly string[]): string {
  const lines = ["Waits.", "", "@throws {Error} Never.", "@example", "```ts", ...code, "```"];
  return `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\nexport function wait() {}\n`;
}

function compiled(...code: readonly string[]) {
  const { modules } = docstringsOf("packages/bus/src/x.ts", withExample(...code));
  return compileExamples(modules, join(temporary, "compiled"));
}

function executed(...code: readonly string[]) {
  const { modules } = docstringsOf("packages/bus/src/x.ts", withExample(...code));
  return executeExamples(modules, join(temporary, "executed"));
}
