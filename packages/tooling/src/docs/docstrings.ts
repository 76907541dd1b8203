import { parseSync } from "oxc-parser";
import { readSources, readWorkspaces } from "../workspaces.ts";
import { parsePage } from "./markdown.ts";
import type { PageExamples } from "./modules.ts";

/** The examples in docstrings, and how many docstrings have one. */
export interface DocstringExamples extends PageExamples {
  readonly docstrings: number;
}

/** Reads the examples in the docstrings of all packages. */
export function readDocstrings(): DocstringExamples {
  const found = readWorkspaces()
    .filter(({ folder }) => folder.startsWith("packages/"))
    .flatMap(({ folder }) =>
      readSources(folder)
        .filter(({ path }) => /^src\/.*\.tsx?$/.test(path))
        .map(({ path, text }) => docstringsOf(`${folder}/${path}`, text)),
    );
  return {
    modules: found.flatMap((each) => each.modules),
    problems: found.flatMap((each) => each.problems),
    docstrings: found.reduce((sum, each) => sum + each.docstrings, 0),
  };
}

/**
 * Makes a module of every `@example` of a source file. Whoever copies one has nothing else, so each stands alone: one `ts`
 * block, without marks, with its imports. What stands before and after the block is text.
 */
export function docstringsOf(path: string, text: string): DocstringExamples {
  const modules: PageExamples["modules"][number][] = [];
  const problems: string[] = [];
  let docstrings = 0;
  if (!text.includes("@example")) return { modules, problems, docstrings }; // most files: spare the parser
  for (const { type, value, start } of parseSync(path, text).comments) {
    if (type !== "Block" || !value.startsWith("*")) continue;
    const first = text.slice(0, start).split("\n").length;
    const examples = sectionsOf(value, first);
    docstrings += Math.min(examples.length, 1);
    for (const { line, page } of examples) {
      const { blocks } = parsePage(path, page);
      const [block, another] = blocks.filter(({ language }) => language === "ts");
      if (!block || another) {
        problems.push(`${path}:${line}: an example is one block of ts, between two fences.`);
      } else if (block.marks.length > 0) {
        problems.push(`${path}:${block.line}: an example knows no mark ${block.marks.join(" ")}.`);
      } else {
        const module = `${path.replace(/\.tsx?$/, "").replaceAll("/", "-")}/line-${block.line}.ts`;
        modules.push({ page: path, path: module, parts: [{ block }] });
      }
    }
  }
  return { modules, problems, docstrings };
}

interface Section {
  readonly line: number;
  /** What follows the tag, up to the next one; each line on its own line of the file. */
  readonly page: string;
}

function sectionsOf(comment: string, first: number): Section[] {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  const tags = lines.flatMap((line, index) => (/^@\w/.test(line) ? [index] : []));
  return tags
    .filter((at) => /^@example\b/.test(lines[at] ?? ""))
    .map((at) => {
      const end = tags.find((tag) => tag > at) ?? lines.length;
      const before = "\n".repeat(first + at);
      return { line: first + at, page: before + lines.slice(at + 1, end).join("\n") };
    });
}
