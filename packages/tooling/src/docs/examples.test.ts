import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../workspaces.ts";
import { compileExamples, executeExamples } from "./examples.ts";
import { checkLanguages } from "./languages.ts";
import { parsePage } from "./markdown.ts";
import { modulesOf } from "./modules.ts";

// Pages that are wrong in one way each: what the step `docs` of the gate turns red for.

const cache = join(root, "packages/tooling/.cache");
mkdirSync(cache, { recursive: true });
const temporary = mkdtempSync(join(cache, "docs-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe("compiled code", () => {
  test("is counted, and may build on the blocks before it", async () => {
    const found = await compiled("```ts\nconst a = 1;\n```\n\n```ts\nconst b: number = a;\n```\n");
    expect(found).toEqual({ problems: [], looked: 2 });
  });

  test("is refused with the page and the line", async () => {
    const { problems } = await compiled('# X\n\n```ts\nconst a: number = "text";\n```\n');
    expect(problems).toEqual([expect.stringMatching(/^docs\/x\.md:4: error TS2322/)]);
  });

  test("stands alone where it says so", async () => {
    const text = "```ts\nconst a = 1;\n```\n\n```ts standalone\nconst b = a;\n```\n";
    const { problems, looked } = await compiled(text);
    expect(problems).toEqual([expect.stringMatching(/^docs\/x\.md:6: error TS2304/)]);
    expect(looked).toBe(2);
  });

  test("has files, which are added to and replaced", async () => {
    const first =
      '```ts [a.ts]\nexport const a = 1;\n```\n\n```ts [a.ts] add\nexport const b = "";\n```\n\n';
    const uses = '```ts [c.ts]\nimport { b } from "./a.ts";\nexport const c: string = b;\n```\n\n';
    const replaced = "```ts [a.ts]\nexport const b = 2;\n```\n";
    expect(await compiled(first + uses)).toEqual({ problems: [], looked: 3 });
    const { problems } = await compiled(first + uses + replaced);
    expect(problems).toEqual([expect.stringMatching(/^docs\/x\.md:11: error TS2322/)]);
    const moved = (to: string) =>
      `\`\`\`sh\nmv a.ts ${to}\n\`\`\`\n\n\`\`\`ts [d.ts]\nexport * from "./b.ts";\n\`\`\`\n`;
    expect(await compiled(first + moved("b.ts"))).toEqual({ problems: [], looked: 3 });
    expect((await compiled(first + moved("c.ts"))).problems).toEqual([
      expect.stringMatching(/^docs\/x\.md:14: error TS2307/),
    ]);
  });

  test("may have a hidden set-up, which is not counted and belongs to the next block", async () => {
    const setup = "<!-- setup\ndeclare const a: number;\n-->\n\n";
    const block = "```ts standalone\nconst b = a;\n```\n";
    expect(await compiled(setup + block)).toEqual({ problems: [], looked: 1 });
    expect(modulesOf(page(setup)).problems).toEqual(["docs/x.md:2: this set-up is for no block."]);
  });

  test("may be there to fail, and then has to, for what stands in it", async () => {
    const wrong = (code: string) =>
      `\`\`\`ts\nconst a = 1;\n\`\`\`\n\n\`\`\`ts fails\n${code}\n\`\`\`\n`;
    expect(await compiled(wrong("const b: string = a;"))).toEqual({ problems: [], looked: 2 });
    expect((await compiled(wrong("const b: number = a;"))).problems).toEqual([
      expect.stringMatching(/^docs\/x\.md: .*line-6\.ts is marked as failing, and compiles\.$/),
    ]);
    const { problems } = await compiled(wrong("const b: string = c;"));
    expect(problems[0]).toMatch(/^docs\/x\.md:6: error TS2304/);
  });

  test("comes with a language that is checked, or one that cannot be", () => {
    const text = "```\nx\n```\n\n```typescript\nx\n```\n\n```text\nx\n```\n";
    expect(checkLanguages([page(text)])).toEqual([
      "docs/x.md:1: say what language this is; text, if none.",
      expect.stringMatching(/^docs\/x\.md:5: write typescript as one of ts,/),
    ]);
  });

  test("knows no other marks", () => {
    expect(modulesOf(page("```ts ignore\n```\n")).problems).toEqual([
      "docs/x.md:2: ts blocks know no mark ignore.",
    ]);
  });
});

describe("a claimed output", () => {
  test.each([
    ["a value", "const a = 2;\na + 1; // => 3"],
    ["a declared value", "const a = [1, { b: 2 }]; // => [ 1, { b: 2 } ]"],
    ["text, in either quotes", '"a" + "b"; // => "ab"'],
    ["an awaited value", "await Promise.resolve(1); // => 1"],
    ["what is printed", 'console.log("a", { b: 1 }); // => a { b: 1 }'],
    ["what is printed later", 'queueMicrotask(() => console.log("a")); // => a'],
    ["a statement over several lines", "[\n  1,\n  2,\n].map((x) => x * 2); // => [ 2, 4 ]"],
    ["something left out", "new Date(0).toISOString(); // => '1970-…'"],
    ["an error", 'await Promise.reject(new Error("no")); // => throws Error: no'],
  ])("is compared: %s", async (_kind, code) => {
    expect(await executed(`\`\`\`ts\n${code}\n\`\`\`\n`)).toEqual({ problems: [], looked: 1 });
  });

  test.each([
    ["a value", "1 + 1; // => 3", "it is\n2"],
    ["what is printed", 'console.log("a"); // => b', "it is\na"],
    [
      "what is not reached",
      "if (Date.now() < 0) console.log(1); // => 1",
      "(it was never reached)",
    ],
    ["what differs the second time", "for (const n of [1, 2]) console.log(n); // => 1", "1\n2"],
    ["an error that is not thrown", "await Promise.resolve(); // => throws Error: no", "(nothing"],
    ["an error that is another", 'await Promise.reject(Error("b")); // => throws Error: a', "b"],
    ["more than what is left out", "'abc'; // => 'a…d'", "'abc'"],
  ])("is refused: %s", async (_kind, code, actual) => {
    const { problems } = await executed(`\`\`\`ts\n${code}\n\`\`\`\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.replace(/^ +/gm, "")).toContain(actual);
    expect(problems[0]).toMatch(/^docs\/x\.md:2: the page says/);
  });

  test("is not asked of code that is there to fail", async () => {
    const text = "```ts\n1; // => 1\n```\n\n```ts fails\nthrow 2 as string;\n```\n";
    expect(await executed(text)).toEqual({ problems: [], looked: 1 });
  });

  test("may be that of a whole block, and of no other", async () => {
    const text = (output: string) =>
      `\`\`\`ts\nconsole.log("a");\n\`\`\`\n\n\`\`\`ts\nconsole.log("b");\nconsole.log(1);\n\`\`\`\n\nIt prints\n\n\`\`\`txt\n${output}\n\`\`\`\n`;
    expect(await executed(text("b\n1"))).toEqual({ problems: [], looked: 1 });
    expect(await executed(text("b\n…"))).toEqual({ problems: [], looked: 1 });
    expect((await executed(text("…"))).problems).toEqual([
      "docs/x.md:13: this output says nothing that could be wrong.",
    ]);
    expect((await executed(text("a\nb\n1"))).problems).toHaveLength(1);
    expect((await executed(text("b"))).problems).toHaveLength(1);
  });

  test("needs code that prints it, and a statement that has it", async () => {
    const lonely = modulesOf(page("```txt\na\n```\n"));
    expect(lonely.problems).toEqual(["docs/x.md:2: nothing prints this output: mark it as text."]);
    const { problems } = await executed("```ts\nconst a = 1; // => 1\n// => 2\n```\n");
    expect(problems).toEqual(['docs/x.md:3: no statement ends where "// => 2" stands.']);
  });

  test.each([
    ["that throws", 'throw new Error("broken");'],
    ["that leaves a rejection to nobody", 'void Promise.reject(new Error("broken"));'],
  ])("is refused for code %s", async (_kind, code) => {
    const { problems } = await executed(`\`\`\`ts\n1; // => 1\n${code}\n\`\`\`\n`);
    expect(problems).toEqual([expect.stringMatching(/^docs\/x\.md: Error: broken/)]);
  });

  test.each([
    ["that ends the process", "process.exit(0);", "It ends the process."],
    ["that waits for ever", "await new Promise(() => {});", "Error: It has not ended after 3 s."],
  ])("is refused for code %s", async (_kind, code, problem) => {
    const { problems } = await executed(`\`\`\`ts\n1; // => 1\n${code}\n\`\`\`\n`, 3_000);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`docs/x.md: ${problem}`);
  });
});

function page(text: string) {
  return parsePage("docs/x.md", text);
}

function compiled(text: string) {
  return compileExamples(modulesOf(page(text)).modules, join(temporary, "compiled"));
}

function executed(text: string, patienceMs?: number) {
  return executeExamples(modulesOf(page(text)).modules, join(temporary, "executed"), patienceMs);
}
