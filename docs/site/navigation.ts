import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const DOCS = fileURLToPath(new URL("../", import.meta.url));

/** A line of the navigation. */
export interface Entry {
  readonly text: string;
  readonly link: string;
}

/** A group of pages that lie in one folder. */
export interface Section {
  readonly text: string;
  readonly folder: string;
  /** The pages that are read in an order; the others follow by name. */
  readonly order: readonly string[];
}

/** The four kinds of pages, the decisions, and the workshop, in the order in which somebody new may need them. */
export const SECTIONS: readonly Section[] = [
  {
    text: "Tutorials",
    folder: "tutorials",
    order: ["first-bus", "from-crud-to-cqrs", "first-projection", "the-demo-explained"],
  },
  {
    text: "Guides",
    folder: "guides",
    order: [
      "validate",
      "authorize",
      "retry-and-idempotency",
      "memory-to-postgres",
      "read-your-writes-over-http",
      "dead-letters",
      "rebuild-without-downtime",
      "test",
      "write-an-adapter",
      "observe",
      "deploy",
      "move-from-nestjs-cqrs",
      "move-from-plain-services",
    ],
  },
  {
    text: "Explanation",
    folder: "explanation",
    order: [
      "what-cqrs-is",
      "service-layer-compared",
      "synchronous-or-eventual",
      "positions",
      "exactly-once",
      "outbox-and-cdc",
      "scaling-the-read-side",
    ],
  },
  {
    text: "Reference",
    folder: "reference",
    order: ["http", "errors", "configuration", "sql-schema", "benchmarks"],
  },
  { text: "Decisions", folder: "adr", order: [] },
  { text: "Workshop", folder: "workshop", order: [] },
];

/** Lists the pages of a section, by the title that each bears; a folder's own page is left to `homeOf`. */
export function pagesOf({ folder, order }: Section): Entry[] {
  return namesIn(folder)
    .filter((name) => name !== "index" && name !== "README")
    .sort((a, b) => rank(order, a) - rank(order, b) || a.localeCompare(b))
    .map((name) => ({ text: titleOf(`${folder}/${name}.md`), link: `/${folder}/${name}` }));
}

/** Where a section begins: at its own page, or else at its first. `undefined` while it has none. */
export function homeOf(section: Section): string | undefined {
  const names = namesIn(section.folder);
  if (names.includes("index") || names.includes("README")) return `/${section.folder}/`;
  return pagesOf(section)[0]?.link;
}

/** Lists the pages of the API, which `npm run docs:build` generates; empty before that. */
export function apiPages(): Entry[] {
  const file = join(DOCS, "reference/api/typedoc-sidebar.json");
  if (!existsSync(file)) return [];
  const entries = JSON.parse(readFileSync(file, "utf8")) as Entry[]; // typedoc-vitepress-theme wrote it
  return entries.map(({ text, link }) => ({
    text: text.replace("@counterpoint/", ""),
    link: link.replace(/\.md$/, ""),
  }));
}

function namesIn(folder: string): string[] {
  const path = join(DOCS, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(".md"))
    .map((name) => basename(name, ".md"));
}

function rank(order: readonly string[], name: string): number {
  const index = order.indexOf(name);
  return index < 0 ? order.length : index;
}

/** The first heading, without its number's colon and without code marks. */
function titleOf(path: string): string {
  const title = /^# (.+)$/m.exec(readFileSync(join(DOCS, path), "utf8"))?.[1];
  if (title === undefined) throw new Error(`docs/${path} has no title: begin it with "# ".`);
  return title.replaceAll("`", "");
}
