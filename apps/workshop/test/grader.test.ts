import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import { createGrader } from "../runner/grader.ts";
import type { Verdict } from "../runner/grader.ts";
import { copyOfExercises, edit, temporaryFolder } from "./home.ts";

const grader = createGrader();
afterAll(() => grader[Symbol.asyncDispose]());

const LAST = "A question about seats survives too";

describe("what a learner's file can do to the grader", () => {
  it.each([
    ["loops for ever", "for (;;);", { kind: "hang", rule: LAST, observed: /no end after 3 s/ }],
    [
      "eats all memory",
      "const heap: unknown[] = []; for (;;) heap.push(Array(1e4).fill(0));",
      { kind: "hang", rule: LAST, observed: /ran out of memory/ },
    ],
    [
      "ends the process",
      "(globalThis as never as { process: { exit(): void } }).process.exit();",
      { kind: "hang", rule: LAST, observed: /ended the process/ },
    ],
    [
      "throws",
      'throw new RangeError("no such concert");',
      {
        kind: "error",
        rule: LAST,
        observed: /threw RangeError: no such concert/,
        place: { file: "messages.ts", line: 19 },
      },
    ],
    [
      "throws what is no error",
      'throw "a text";',
      { kind: "error", rule: LAST, observed: /threw 'a text'/ },
    ],
    [
      "rejects where nobody awaits",
      'void Promise.reject(new Error("lost"));',
      {
        kind: "error",
        rule: "No error gets lost",
        observed: /threw Error: lost/,
        place: { file: "messages.ts", line: 19 },
      },
    ],
    [
      "throws in a timer",
      'setTimeout(() => { throw new Error("late"); }, 0);',
      { kind: "error", rule: "No error gets lost", observed: /threw Error: late/ },
    ],
    [
      "does not parse",
      "return return;",
      {
        kind: "syntax",
        rule: "The code compiles",
        observed: /Unexpected "return"/,
        place: { file: "messages.ts", line: 19 },
      },
    ],
    [
      "has a type error",
      "const seat: number = concertId; void seat;",
      {
        kind: "types",
        rule: "The code compiles",
        observed: /TS2322/,
        place: { file: "messages.ts", line: 19 },
      },
    ],
    [
      "imports what is not there",
      'void import("left-pad-nowhere");',
      { kind: "types", observed: /TS2307/ },
    ],
  ])("names it when the code %s", async (_, code, expected) => {
    const folder = variantOf("messages", (text) =>
      text.replace("  return SeatsLeft", `  ${code}\n  return SeatsLeft`),
    );
    const { first, green } = await grade("messages", folder, code === "for (;;);" ? 3_000 : 60_000);
    expect(green).toBe(false);
    expect(first).toMatchObject(asymmetric(expected));
  });

  it("names it when the code throws while it loads", async () => {
    const { first } = await gradeWith((text) => `${text}\nthrow new Error("at once");\n`);
    expect(first).toMatchObject({
      rule: "The code loads",
      kind: "error",
      place: { file: "messages.ts", line: 27 },
    });
  });

  it("names a promise that never settles, at once", async () => {
    const folder = variantOf("command-bus", (text) =>
      text.replace("return handler(payload);", "return new Promise(() => {});"),
    );
    const { first } = await grade("command-bus", folder, 600_000);
    expect(first).toMatchObject({
      kind: "hang",
      observed: "it waits for a promise that never settles",
    });
  });

  it("names an export that is gone", async () => {
    const { first } = await gradeWith((text) =>
      text.replace("export function seatsLeft", "function seatsLeft"),
    );
    expect(first?.observed).toBe("messages.ts does not export seatsLeft any more");
  });

  it("names a file that is gone", async () => {
    const folder = variantOf("messages", (text) => text);
    rmSync(join(folder, "messages.ts"));
    const { first } = await grade("messages", folder);
    expect(first).toMatchObject({
      kind: "syntax",
      observed: expect.stringContaining("messages.ts is gone"),
    });
  });

  it("keeps what it prints, and not without an end", async () => {
    const { output } = await gradeWith(
      (text) => `${text}\nfor (let n = 0; n < 9_000; n++) console.log("chatter");\n`,
    );
    expect(output).toMatch(/^chatter\n/);
    expect(output.length).toBeLessThan(60_000);
  });
});

describe("a verdict", () => {
  it("is the same under the same seed, and knows the seed of a red", async () => {
    const folder = variantOf("messages", (text) => text.replace("toISOString", "toUTCString"));
    const [one, two] = [await grade("messages", folder), await grade("messages", folder)];
    expect(one).toEqual(two);
    expect(one.first?.seed).toBe(1);
  });

  it("is green only when it is green under each seed", async () => {
    const exercises = copyOfExercises("messages");
    edit(join(exercises, "messages/tests/rules.ts"), (text) =>
      text
        .replace("{ forAll,", "{ forAll, seed,")
        .concat('\nrule("Luck", { why: "chance" }, () => same(seed() < 3, true));\n'),
    );
    const [exercise] = readCatalog(exercises);
    if (!exercise) throw new Error("The copy is empty.");
    const job = { exercise, folder: join(exercise.folder, "solution"), diagnostics: [] };
    expect((await grader.grade({ ...job, seeds: [1, 2] })).green).toBe(true);
    expect((await grader.grade({ ...job, seeds: [1, 2, 3] })).first).toMatchObject({
      rule: "Luck",
      seed: 3,
    });
    const each = await grader.gradeEach({ ...job, seeds: [1, 3] });
    expect(each.map(({ green }) => green)).toEqual([true, false]);
  });

  it("knows a type error that came, and one that went", async () => {
    const folder = variantOf("messages", (text) => text);
    const file = join(folder, "messages.ts");
    const greens: boolean[] = [];
    for (const more of ["", 'export const seat: number = "A1";\n', "", ""]) {
      const text = readFileSync(file, "utf8").split("// more\n")[0] ?? "";
      writeFileSync(file, `${text}// more\n${more}`);
      greens.push((await grade("messages", folder)).green);
    }
    expect(greens).toEqual([true, false, true, true]);
  });

  it("gives a rule the time that it has asked for, and no more", async () => {
    const exercises = copyOfExercises("messages");
    edit(join(exercises, "messages/tests/rules.ts"), (text) =>
      text.concat(`
        const wait = () => new Promise((resolve) => setTimeout(resolve, 5_000));
        rule("Slow", { why: "a database", timeLimitMs: 60_000 }, wait);
        rule("Stuck", { why: "a database", timeLimitMs: 4_500 }, wait);
      `),
    );
    const [exercise] = readCatalog(exercises);
    if (!exercise) throw new Error("The copy is empty.");
    const job = { exercise, folder: join(exercise.folder, "solution"), diagnostics: [] };
    const { first } = await grader.grade({ ...job, seeds: [1], timeLimitMs: 4_000 });
    expect(first).toMatchObject({
      rule: "Stuck",
      kind: "hang",
      observed: "no end after 4.5 s; the run was stopped",
    });
  });

  it("begins anew for every run: nothing is left of the one before", async () => {
    const code =
      "if ((globalThis as { seen?: true }).seen) throw new Error('seen');\n(globalThis as { seen?: true }).seen = true;\n";
    const folder = variantOf("messages", (text) => code + text.replace(/^import/gm, "import"));
    expect((await grade("messages", folder)).green).toBe(true);
    expect((await grade("messages", folder)).green).toBe(true);
  });

  it("grades several at once, each by itself", async () => {
    const wrong = variantOf("messages", (text) => text.replace("toISOString", "toUTCString"));
    const right = variantOf("messages", (text) => text);
    const verdicts = await Promise.all(
      [wrong, right, wrong, right].map((folder) => grade("messages", folder)),
    );
    expect(verdicts.map(({ green }) => green)).toEqual([false, true, false, true]);
  });
});

function gradeWith(change: (solution: string) => string): Promise<Verdict> {
  return grade("messages", variantOf("messages", change));
}

/** The solution of a step, changed. */
function variantOf(slug: string, change: (solution: string) => string): string {
  const folder = join(temporaryFolder(), "work", slug);
  mkdirSync(folder, { recursive: true });
  const exercise = readCatalog().find((exercise) => exercise.slug === slug);
  const [file = ""] = exercise?.files ?? [];
  const exercises = copyOfExercises(slug);
  edit(join(exercises, slug, "solution", file), (text) => {
    writeFileSync(join(folder, file), change(text));
    return text;
  });
  return folder;
}

function grade(slug: string, folder: string, timeLimitMs = 60_000): Promise<Verdict> {
  const exercise = readCatalog().find((exercise) => exercise.slug === slug);
  if (!exercise) throw new Error(`There is no ${slug}.`);
  return grader.grade({ exercise, folder, seeds: [1], timeLimitMs });
}

function asymmetric(expected: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { observed, ...rest } = expected;
  return {
    ...rest,
    ...(observed instanceof RegExp && { observed: expect.stringMatching(observed) }),
  };
}
