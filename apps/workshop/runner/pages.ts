import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Exercise } from "./catalog.ts";
import { REPOSITORY } from "./paths.ts";

/** The parts of an exercise's README.md, in this order. */
export const README_PARTS = [
  "Goal",
  "Why",
  "Steps",
  "Done when",
  "Links",
  "Trap",
  "Extra credit",
] as const;

/** What is told after green. */
const AFTER_GREEN: readonly string[] = ["Trap", "Extra credit"];

/**
 * Reads a step's page as Markdown. Before green it keeps the trap to itself.
 *
 * @param from - Where the page will lie: relative links lead to the same places from there. Default: the top of the
 *   repository, which is where somebody at a terminal is.
 */
export function readme(
  { folder }: Exercise,
  parts: "all" | "before green" | "after green",
  from: string = REPOSITORY,
): string {
  const text = relink(readFileSync(join(folder, "README.md"), "utf8"), folder, from);
  if (parts === "all") return text;
  const wanted = (title: string): boolean =>
    AFTER_GREEN.includes(title) === (parts === "after green");
  return sectionsOf(text)
    .filter(({ title, level }) => (level === 1 ? parts === "before green" : wanted(title)))
    .map(({ source }) => source)
    .join("");
}

/** Lets relative links of a page in `from` lead to the same places from `to`. */
export function relink(markdown: string, from: string, to: string): string {
  return markdown.replaceAll(/\]\((\.[^)#\s]*)/g, (_, target: string) => {
    return `](${relative(to, join(from, target)).replaceAll("\\", "/")}`;
  });
}

/** Reads a hint; `n` counts from 1 to 3. */
export function hint({ folder }: Exercise, n: number): string {
  return readFileSync(join(folder, "hints", `${n}.md`), "utf8").trim();
}

export interface Section {
  readonly level: number;
  readonly title: string;
  /** Without the heading. */
  readonly body: string;
  /** With the heading. */
  readonly source: string;
}

/** Splits Markdown at its headings; lines of code that begin with `#` are not among them. */
export function sectionsOf(markdown: string): readonly Section[] {
  const sections: { level: number; title: string; lines: string[] }[] = [];
  let fenced = false;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,2}) (.+)$/.exec(line);
    if (heading?.[1] && heading[2]) {
      sections.push({ level: heading[1].length, title: heading[2], lines: [line] });
    } else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ level, title, lines }, index) => ({
    level,
    title,
    body: lines.slice(1).join("\n").trim(),
    source: lines.join("\n") + (index < sections.length - 1 ? "\n" : ""),
  }));
}
