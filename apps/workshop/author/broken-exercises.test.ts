import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import { copyOfExercises, edit } from "../test/home.ts";
import { authorCheck } from "./author-check.ts";

// The check is worth as much as what it catches: each case breaks one thing of a good exercise.

type Break = (folder: string) => void;

const write = (path: string, change: (text: string) => string): Break => {
  return (folder) => edit(join(folder, path), change);
};
const replace = (path: string, from: string, to: string): Break => {
  return write(path, (text) => {
    if (!text.includes(from)) throw new Error(`${path} has no ${from}.`);
    return text.replace(from, to);
  });
};
const rules = "tests/rules.ts";

const STRUCTURE: Readonly<Record<string, readonly [breakIt: Break, problem: RegExp]>> = {
  "a missing hint": [(folder) => rmSync(join(folder, "hints/3.md")), /hints\/3\.md is missing/],
  "a fourth hint": [
    (folder) => writeFileSync(join(folder, "hints/4.md"), "?"),
    /hints\/4\.md does not belong/,
  ],
  "a first hint without a question": [write("hints/1.md", () => "Use a Map."), /asks no question/],
  "code in an early hint": [
    write("hints/2.md", (text) => `${text}\n\`\`\`text\nx\n\`\`\`\n`),
    /code before hint 3/,
  ],
  "TypeScript in the last hint": [replace("hints/3.md", "```text", "```ts"), /pseudo-code/],
  "a hint as long as a page": [
    write("hints/2.md", (text) => text + "more\n".repeat(20)),
    /longer than 15/,
  ],
  "a stray file": [
    (folder) => writeFileSync(join(folder, "notes.txt"), ""),
    /notes\.txt does not belong/,
  ],
  "a stray file in the starter": [
    (folder) => writeFileSync(join(folder, "problem/b.ts"), ""),
    /problem\/b\.ts does not belong/,
  ],
  "a starter that is too long": [
    write("problem/command-bus.ts", (text) => text + "//\n".repeat(60)),
    /has \d+ lines; at most 60/,
  ],
  "a part of the page that is missing": [
    replace("README.md", "## Why", "## Because"),
    /README\.md has to have these parts/,
  ],
  "a part of the page that is empty": [
    write("README.md", (text) => text.replace(/(## Trap\n)[\s\S]*(## Extra)/, "$1\n$2")),
    /Trap is empty/,
  ],
  "another title": [replace("README.md", "# Command bus", "# Bus"), /begin with "# Command bus"/],
  "a table, which the terminal cannot show": [
    replace("README.md", "## Done when\n", "| a | b |\n| - | - |\n\n## Done when\n"),
    /README\.md has a table/,
  ],
  "a link to nowhere": [
    replace("README.md", "packages/bus/src/router.ts", "packages/bus/src/nowhere.ts"),
    /which is not there/,
  ],
  "no timing for instructors": [
    replace("INSTRUCTOR.md", "## Timing", "## Time"),
    /INSTRUCTOR\.md has to have/,
  ],
  "a debrief that asks nothing": [
    write("INSTRUCTOR.md", (text) => text.replaceAll("?", ".")),
    /Debrief asks nothing/,
  ],
  "something skipped": [write(rules, (text) => `${text}\n// it.skip\n`), /skips something/],
  "a demo without its stage": [
    replace("exercise.json", '"red": [', '"demo": { "try": ["Reserve a seat."] },\n  "red": ['),
    /demo\.ts is missing/,
  ],
  "a stage that nobody declared": [
    (folder) => writeFileSync(join(folder, "demo.ts"), "export {};"),
    /demo\.ts does not belong/,
  ],
  "no wrong solution": [
    (folder) => {
      rmSync(join(folder, "wrong"), { recursive: true });
      mkdirSync(join(folder, "wrong"));
      edit(join(folder, "exercise.json"), (text) =>
        JSON.stringify({ ...JSON.parse(text), wrong: {} }),
      );
    },
    /wrong is empty/,
  ],
  "an undeclared wrong solution": [
    (folder) => renameSync(join(folder, "wrong/last-wins"), join(folder, "wrong/other")),
    /wrong\/last-wins is missing/,
  ],
};

const BEHAVIOUR: Readonly<Record<string, readonly [breakIt: Break, problem: RegExp]>> = {
  "a solved starter": [
    (folder) => {
      rmSync(join(folder, "problem"), { recursive: true });
      renameSync(join(folder, "alternative/null-prototype"), join(folder, "problem"));
      mkdirSync(join(folder, "alternative/null-prototype"));
      edit(join(folder, "solution/command-bus.ts"), (text) => {
        writeFileSync(join(folder, "alternative/null-prototype/command-bus.ts"), text);
        return text;
      });
    },
    /problem: the starter is green already/,
  ],
  "a starter that does not parse": [
    write("problem/command-bus.ts", (text) => `${text}}`),
    /problem: the first red is no rule but this/,
  ],
  "a starter with a type error": [
    write("problem/command-bus.ts", (text) => `${text}\nexport const seat: number = "A1";\n`),
    /problem: .*TS2322/,
  ],
  "a starter that throws": [
    replace(
      "problem/command-bus.ts",
      "switch (type) {",
      'if (type) throw new Error("TODO");\n      switch (type) {',
    ),
    /problem: .*no rule but this error/,
  ],
  "a rule that the starter breaks and nobody declared": [
    write(
      rules,
      (text) =>
        `${text}\nrule("New", { why: "x" }, () => same(createCommandBus.toString().includes("switch"), false));\n`,
    ),
    /problem breaks .*"New".*declares/,
  ],
  "a red rule that the starter does not break": [
    replace(
      "exercise.json",
      '"red": [',
      '"red": [\n    "What a handler returns or throws comes back unchanged",',
    ),
    /problem breaks/,
  ],
  "a first red that does not say why": [
    replace(
      rules,
      'why: "a bus knows no command by name: who adds one does not touch the bus",',
      "why: undefined as never,",
    ),
    /problem: .* does not say: why/,
  ],
  "a wrong solution that passes": [
    (folder) =>
      edit(join(folder, "solution/command-bus.ts"), (text) => {
        writeFileSync(join(folder, "wrong/last-wins/command-bus.ts"), text);
        return text;
      }),
    /wrong\/last-wins is green/,
  ],
  "a wrong solution refused by another rule": [
    (folder) =>
      edit(join(folder, "wrong/last-wins/command-bus.ts"), (text) => {
        writeFileSync(join(folder, "wrong/object-look-up/command-bus.ts"), text);
        return text;
      }),
    /wrong\/object-look-up is refused by another rule/,
  ],
  "a message that names no misconception": [
    replace(rules, "The last registration wins: ", ""),
    /wrong\/last-wins is refused without "the last registration wins"/,
  ],
  "an over-specified rule": [
    write(rules, (text) =>
      text.replace(
        "!error.message.includes(type)",
        '!error.message.startsWith("No handler registered for ")',
      ),
    ),
    /alternative\/null-prototype is red/,
  ],
  "a solution that is wrong under some seeds": [
    write(rules, (text) =>
      text
        .replace("{ forAll,", "{ forAll, seed,")
        .concat('\nrule("Luck", { why: "x" }, () => same(seed() < 20, true));\n'),
    ),
    /solution is red: Luck/,
  ],
  "a solution that prints": [
    write("solution/command-bus.ts", (text) => `${text}\nconsole.log("x");\n`),
    /solution writes to the console/,
  ],
};

const STARRED: Readonly<Record<string, readonly [breakIt: Break, problem: RegExp]>> = {
  "a mutant that is none": [
    (folder) =>
      edit(join(folder, "mutants/correct-map.ts"), (text) => {
        writeFileSync(
          join(folder, "mutants/last-wins.ts"),
          text.replace("createMapBus", "createMutant"),
        );
        return text;
      }),
    /solution is red: Every wrong bus is caught/,
  ],
  "a correct variant that is wrong": [
    replace("mutants/correct-map.ts", "handler(payload)", "handler(undefined)"),
    /solution is red: Every correct bus passes/,
  ],
  "a cell of the matrix that is not as declared": [
    replace("exercise.json", '"lower-cased-keys",\n', ""),
    /problem: alive are .*; declared are/,
  ],
  "a mutant that is not tried": [
    replace(rules, '"last-wins": lastWins,', ""),
    /solution: tried the mutants/,
  ],
  "a mutant without a file": [
    (folder) => rmSync(join(folder, "mutants/last-wins.ts")),
    /mutants\/last-wins\.ts is missing/,
  ],
};

describe.each([
  ["command-bus", STRUCTURE],
  ["command-bus", BEHAVIOUR],
  ["routing-properties", STARRED],
] as const)("the author check of %s", (slug, cases) => {
  it.each(Object.entries(cases))("catches %s", async (_, [breakIt, problem]) => {
    const exercises = copyOfExercises(slug);
    breakIt(join(exercises, slug));
    // What the problem speaks of is what has to be graded; the rest would only take time.
    const variants = (name: string): boolean => problem.source.replaceAll("\\", "").includes(name);
    const [report] = await authorCheck(readCatalog(exercises), { variants });
    expect(report?.problems.join("\n")).toMatch(problem);
  });
});

describe("exercise.json", () => {
  it.each([
    ["no JSON", () => "{", /is not JSON/],
    ["an unknown field", (text: string) => text.replace('"core"', '"kernel"'), /no field "kernel"/],
    [
      "no title",
      (text: string) => text.replace('"title": "Command bus",', ""),
      /title has to be a text/,
    ],
    [
      "minutes as a text",
      (text: string) => text.replace('"minutes": 20', '"minutes": "20"'),
      /minutes has to be a whole number/,
    ],
    [
      "no files",
      (text: string) => text.replace('["command-bus.ts"]', "[]"),
      /files has to name at least one/,
    ],
    [
      "a wrong solution without a rule",
      (text: string) => text.replaceAll('"rule"', '"role"'),
      /\.rule has to be a text/,
    ],
  ])("with %s is refused", (_, change, problem) => {
    const exercises = copyOfExercises("command-bus");
    edit(join(exercises, "command-bus/exercise.json"), change);
    expect(() => readCatalog(exercises)).toThrow(problem);
  });

  it("cannot take a step that is taken", () => {
    const exercises = copyOfExercises("command-bus", "messages");
    edit(join(exercises, "messages/exercise.json"), (text) =>
      text.replace('"step": 1', '"step": 2'),
    );
    expect(() => readCatalog(exercises)).toThrow(/are both step 2/);
  });
});
