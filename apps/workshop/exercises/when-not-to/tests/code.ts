import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a feature's code consists of, as it runs: types and comments cost nothing, and formatting is the bundler's. */
export interface Costs {
  readonly lines: number;
  /** Messages, buses, deciders, repositories, projections and projectors: `4 × command`. */
  readonly machinery: readonly string[];
}

const SECTION = /^\/\/ (.*\/)([^/]+\.[mc]?[jt]s)$/;
const MACHINERY =
  /\b(command|query|event|decider|projection|createProjector|create\w+Repository|(?:Command|Query|Event)Bus)\d*\(/g;

/** Counts what the module at this name, and the modules beside it, have become in the bundle that runs these tests. */
export function costsOf(name: string, { free }: { readonly free: string }): Costs {
  const sections = sectionsOf(readFileSync(fileURLToPath(import.meta.url), "utf8"));
  const main = sections.find((section) => section.name === name);
  if (!main) throw new Error(`${name} is not in this bundle.`);
  const code = sections
    .filter((section) => section.folder.startsWith(main.folder) && section.name !== free)
    .flatMap(({ lines }) => lines.filter((line) => line.trim() !== ""));
  const parts = [...code.join("\n").matchAll(MACHINERY)].map(([, part = ""]) => part);
  const machinery = [...new Set(parts)].map(
    (part) => `${parts.filter((each) => each === part).length} × ${part}`,
  );
  return { lines: code.length, machinery };
}

interface Section {
  readonly folder: string;
  readonly name: string;
  readonly lines: string[];
}

/** The bundler heads each module with a comment: where it came from. */
function sectionsOf(bundle: string): readonly Section[] {
  const sections: Section[] = [];
  for (const line of bundle.split("\n")) {
    const [, folder, name] = SECTION.exec(line) ?? [];
    if (folder !== undefined && name !== undefined) sections.push({ folder, name, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}
