import type { Part, Row, Table, Target } from "./report.ts";
import type { Summary } from "./statistics.ts";

const WIDTH = 100;

/** Lays a part out for a terminal of 100 columns. */
export function printPart({ title, tables, notes }: Part): string {
  const blocks = [`${title}\n${"═".repeat(title.length)}`, ...tables.map(printTable)];
  if (notes.length > 0) blocks.push(notes.map((note) => wrap(`· ${note}`)).join("\n"));
  return `${blocks.join("\n\n")}\n`;
}

/** Lists all targets of all parts, missed ones too. */
export function printTargets(parts: readonly Part[]): string {
  const lines = parts.flatMap(({ tables }) =>
    tables.flatMap(({ title, targets }) =>
      targets.map((target) => printTarget(target, `${title}: `)),
    ),
  );
  const all = parts.flatMap(({ tables }) => tables.flatMap(({ targets }) => targets));
  const met = all.filter((target) => target.met).length;
  return ["Targets", "═══════", ...lines, "", `${met} of ${all.length} targets met`].join("\n");
}

function printTable({ title, unit, reference, rounds, rows, targets, notes }: Table): string {
  const heads = ["", unit, rounds < 2 ? "" : "middle half"];
  if (reference !== undefined) heads.push(`× ${reference}`, rounds < 2 ? "" : "middle half");
  const cells = [heads, ...rows.map((row) => cellsOf(row, reference !== undefined))];
  const widths = heads.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const head = `${title} (${rounds} ${rounds === 1 ? "round" : "rounds"})`;
  return [
    head,
    "─".repeat(Math.min(WIDTH, Math.max(...lines.map((line) => line.length)))),
    ...lines,
    ...targets.map((target) => printTarget(target)),
    ...notes.map((note) => wrap(`· ${note}`)),
  ].join("\n");
}

function cellsOf(row: Row, withRatio: boolean): string[] {
  const spread = ({ q1, q3 }: Summary): string =>
    row.samples.length < 2 ? "" : `${figure(q1)}–${figure(q3)}`;
  const cells = [row.name, figure(row.median), spread(row)];
  if (!withRatio) return cells;
  return row.ratio ? [...cells, figure(row.ratio.median), spread(row.ratio)] : [...cells, "", ""];
}

function printTarget({ text, actual, kind, limit, met }: Target, before = ""): string {
  const bound = `${kind === "at most" ? "≤" : "≥"} ${figure(limit)}`;
  return wrap(`${met ? "✓" : "✗"} ${before}${text} ${bound}: ${figure(actual)}`);
}

/** Three digits that matter, thousands apart: `0.931`, `12.4`, `17,447`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : size >= 0.995 ? 2 : 3);
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
