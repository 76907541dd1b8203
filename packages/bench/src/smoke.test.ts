import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { HERE } from "./harness/bundle.ts";
import type { Machine } from "./harness/machine.ts";
import type { Part } from "./harness/report.ts";
import type { PartName } from "./cli.ts";

// Shows that everything runs. No figure is judged here: none means anything on a machine that does other things.

/** Tables of a part, and contenders in all of them: what goes missing is missed. */
const EXPECTED: Readonly<Record<PartName, { readonly tables: number; readonly rows: number }>> = {
  bus: { tables: 10, rows: 86 },
  postgres: { tables: 10, rows: 41 },
  http: { tables: 2, rows: 6 },
  types: { tables: 4, rows: 8 },
  size: { tables: 3, rows: 36 },
};

test.concurrent.each(Object.entries(EXPECTED))("measures %s", async (name, expected) => {
  const { machine, parts } = await bench(name);
  expect(machine.cores).toBeGreaterThan(0);
  expect(parts.map((part) => part.name)).toEqual([name]);
  const tables = parts.flatMap((part) => part.tables);
  const figures = tables.flatMap(({ rows }) => rows.flatMap((row) => row.samples));
  expect(figures.filter((value) => !Number.isFinite(value))).toEqual([]);
  expect(tables.flatMap(({ notes }) => notes).filter((note) => /take part/.test(note))).toEqual([]);
  expect(tables.length).toBe(expected.tables);
  expect(tables.flatMap(({ rows }) => rows).length).toBeGreaterThanOrEqual(expected.rows);
});

interface Output {
  readonly machine: Machine;
  readonly parts: readonly Part[];
}

async function bench(part: string): Promise<Output> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...["--import", "tsx", "--conditions=@counterpoint/source"],
      ...[join(HERE, "src/main.ts"), part, "--tiny", "--json"],
    ],
    { cwd: HERE, maxBuffer: 2 ** 26, env: { ...process.env, NODE_OPTIONS: "" } },
  );
  return JSON.parse(stdout) as Output; // written by main.ts
}
