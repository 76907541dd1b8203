import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Exercise } from "../runner/catalog.ts";
import { isStarred } from "../runner/catalog.ts";
import { README_PARTS, sectionsOf } from "../runner/pages.ts";

const MOST_LINES = { problem: 60, solution: 100 };
const MOST_HINT_LINES = 15;
const MOST_MINUTES = 60;
const INSTRUCTOR_PARTS = ["Timing", "Common wrong answers", "Debrief"];

/** Reads an exercise's folder and says what is missing, too long or does not belong there. */
export function structureProblems(exercise: Exercise): readonly string[] {
  return [
    ...entryProblems(exercise),
    ...variantProblems(exercise),
    ...declarationProblems(exercise),
    ...hintProblems(exercise),
    ...pageProblems(exercise),
    ...skipProblems(exercise),
  ];
}

function entryProblems(exercise: Exercise): string[] {
  const { folder } = exercise;
  const files = ["exercise.json", "exercise.ts", "README.md", "INSTRUCTOR.md"];
  const folders = ["problem", "solution", "tests", "hints", "wrong", "alternative"];
  if (isStarred(exercise)) folders.push("mutants");
  if (exercise.demo) files.push("demo.ts");
  const wanted = [...files, ...folders];
  return [
    ...difference("", namesIn(folder), wanted),
    ...difference("hints/", namesIn(join(folder, "hints")), ["1.md", "2.md", "3.md"]),
    ...difference("wrong/", namesIn(join(folder, "wrong")), Object.keys(exercise.wrong)),
    ...difference(
      "alternative/",
      namesIn(join(folder, "alternative")),
      Object.keys(exercise.alternative),
    ),
    ...(existsSync(join(folder, "tests/rules.ts")) ? [] : ["tests/rules.ts is missing."]),
    ...(isStarred(exercise) ? mutantFileProblems(exercise) : []),
  ];
}

function mutantFileProblems({ folder, mutants }: Exercise): string[] {
  const wanted = Object.keys(mutants).map((name) => `${name}.ts`);
  const others = namesIn(join(folder, "mutants")).filter((name) => !name.startsWith("correct-"));
  return difference("mutants/", others, wanted);
}

function variantProblems({ folder, files, wrong, alternative }: Exercise): string[] {
  const variants = [
    "problem",
    "solution",
    ...Object.keys(wrong).map((name) => `wrong/${name}`),
    ...Object.keys(alternative).map((name) => `alternative/${name}`),
  ];
  const problems = variants.flatMap((variant) =>
    difference(`${variant}/`, namesIn(join(folder, variant)), files),
  );
  for (const [variant, most] of Object.entries(MOST_LINES)) {
    for (const file of files) {
      const path = join(folder, variant, file);
      if (!existsSync(path)) continue;
      const lines = readFileSync(path, "utf8").trimEnd().split("\n").length;
      if (lines > most) problems.push(`${variant}/${file} has ${lines} lines; at most ${most}.`);
    }
  }
  return problems;
}

function declarationProblems(exercise: Exercise): string[] {
  const { minutes, red, wrong, alternative, survivors, mutants } = exercise;
  const problems: string[] = [];
  if (minutes > MOST_MINUTES) problems.push(`${minutes} minutes are too many for one step.`);
  if (red.length === 0) problems.push("red is empty: the starter would be green already.");
  if (Object.keys(wrong).length === 0) problems.push("wrong is empty: show one plausible mistake.");
  if (Object.keys(alternative).length === 0) {
    problems.push("alternative is empty: show another right solution.");
  }
  for (const [variant, names] of Object.entries(survivors)) {
    for (const name of names) {
      if (!(name in mutants)) problems.push(`survivors.${variant}: there is no mutant ${name}.`);
    }
  }
  return problems;
}

function hintProblems({ folder }: Exercise): string[] {
  return [1, 2, 3].flatMap((n) => {
    const path = join(folder, "hints", `${n}.md`);
    if (!existsSync(path)) return []; // said already
    const text = readFileSync(path, "utf8").trim();
    const problems: string[] = [];
    if (text === "") problems.push(`hints/${n}.md is empty.`);
    if (text.split("\n").length > MOST_HINT_LINES) {
      problems.push(`hints/${n}.md is longer than ${MOST_HINT_LINES} lines.`);
    }
    if (n === 1 && !text.includes("?")) problems.push("hints/1.md asks no question.");
    if (n < 3 && text.includes("```")) problems.push(`hints/${n}.md shows code before hint 3.`);
    if (/```(?!text\b|\n|$)/.test(text)) {
      problems.push(`hints/${n}.md: a hint shows pseudo-code, fenced as \`\`\`text.`);
    }
    return problems;
  });
}

function pageProblems({ folder, title }: Exercise): string[] {
  const problems: string[] = [];
  const page = read(join(folder, "README.md"));
  problems.push(...partProblems("README.md", page, README_PARTS));
  const [heading] = sectionsOf(page);
  if (heading?.level !== 1 || heading.title !== title) {
    problems.push(`README.md has to begin with "# ${title}".`);
  }
  if (/^\|.*\|$/m.test(page)) problems.push("README.md has a table, which no terminal can show.");
  const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  if (links.length === 0) problems.push("README.md links to nothing.");
  for (const link of links) {
    const path = link.split("#")[0] ?? "";
    if (!/^https?:/.test(link) && !existsSync(join(folder, path))) {
      problems.push(`README.md links to ${link}, which is not there.`);
    }
  }
  const guide = read(join(folder, "INSTRUCTOR.md"));
  problems.push(...partProblems("INSTRUCTOR.md", guide, INSTRUCTOR_PARTS));
  const debrief = sectionsOf(guide).find(({ title }) => title === "Debrief");
  if (debrief && !debrief.body.includes("?")) problems.push("INSTRUCTOR.md: Debrief asks nothing.");
  return problems;
}

function partProblems(file: string, text: string, parts: readonly string[]): string[] {
  const sections = sectionsOf(text).filter(({ level }) => level === 2);
  const found = sections.map(({ title }) => title);
  if (found.join("\n") !== parts.join("\n")) {
    return [`${file} has to have these parts, in this order: ${parts.join(", ")}.`];
  }
  return sections
    .filter(({ body }) => body === "")
    .map(({ title }) => `${file}: ${title} is empty.`);
}

function skipProblems({ folder }: Exercise): string[] {
  return namesIn(join(folder, "tests"))
    .filter((name) => /\.(skip|only|todo)\b/.test(read(join(folder, "tests", name))))
    .map((name) => `tests/${name} skips something.`);
}

function difference(where: string, found: readonly string[], wanted: readonly string[]): string[] {
  return [
    ...wanted.filter((each) => !found.includes(each)).map((each) => `${where}${each} is missing.`),
    ...found
      .filter((each) => !wanted.includes(each))
      .map((each) => `${where}${each} does not belong there.`),
  ];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
