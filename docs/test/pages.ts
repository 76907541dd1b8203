import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The top of the repository. */
const ROOT = new URL("../../", import.meta.url);

/** Reads a file of the repository. */
export function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, ROOT)), "utf8");
}

/** A row of a table: its cells, without the marks of code around the first. */
export type Row = readonly [name: string, ...cells: string[]];

/** Reads the tables below a heading, up to the next one of the same or a higher level; heads and rules are left out. */
export function rowsBelow(page: string, heading: string): Row[] {
  const start = page.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`There is no heading "${heading}".`);
  const level = heading.indexOf(" ");
  const rest = page.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, "m"));
  return rowsOf(end < 0 ? rest : rest.slice(0, end));
}

/** Reads all rows whose first cell is code. */
export function rowsOf(text: string): Row[] {
  return [...text.matchAll(/^\| `(?<name>[^`]+)`(?: \([^)]*\))? +\|(?<cells>.*)\|$/gm)].map(
    ({ groups }) => [
      groups?.["name"] ?? "",
      ...(groups?.["cells"] ?? "").split(/(?<!\\)\|/).map((cell) => cell.trim()),
    ],
  );
}
