import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BusError } from "@counterpoint/bus";
import type { BusErrorCode } from "@counterpoint/bus";
import { EventStoreError } from "@counterpoint/events";
import type { EventStoreErrorCode } from "@counterpoint/events";
import { problemOf } from "@counterpoint/hono";
import { ReadModelError } from "@counterpoint/read-model";
import type { ReadModelErrorCode } from "@counterpoint/read-model";
import { describe, expect, test } from "vitest";
import { read, rowsBelow, rowsOf } from "./pages.ts";

describe("the reference of errors", () => {
  const page = read("docs/reference/errors.md");
  const codes = codesIn(
    "packages/hono/src",
    "apps/demo/server",
    "packages/bus/src",
    "packages/events/src",
    "packages/read-model/src",
  );

  test("lists the codes that the sources have, and no other", () => {
    expect(codes.size).toBeGreaterThan(30);
    const listed = new Set(rowsOf(page).map(([code]) => code));
    expect([...listed].sort()).toEqual([...codes].sort());
  });

  test("says cause and cure of each", () => {
    for (const [, status, cause, cure] of rowsOf(page)) {
      expect(status).toMatch(/^([45]\d\d|its own)$/);
      expect(cause?.length).toBeGreaterThan(10);
      expect(cure?.length).toBeGreaterThan(5);
    }
  });

  test.each([
    ["## BusError", (code: string) => new BusError(code as BusErrorCode, "")],
    ["## EventStoreError", (code: string) => new EventStoreError(code as EventStoreErrorCode, "")],
    ["## ReadModelError", (code: string) => new ReadModelError(code as ReadModelErrorCode, "")],
  ])("%s says what HTTP answers", (heading, errorOf) => {
    const rows = rowsBelow(page, heading);
    expect(rows.length).toBeGreaterThan(3);
    for (const [code, status] of rows) {
      expect([code, String(problemOf(errorOf(code)).status)]).toEqual([code, status]);
    }
  });
});

describe("the reference of configuration", () => {
  const page = read("docs/reference/configuration.md");
  const cli = read("apps/demo/server/cli.ts");

  test("lists the options that the demo takes", () => {
    const [, options = ""] = /options: \{([^]*?)\n {6}\}/.exec(cli) ?? [];
    const taken = [...options.matchAll(/^ +"?([\w-]+)"?: \{/gm)].map(([, name]) => `--${name}`);
    expect(taken).toContain("--port");
    expect(names("## Options").sort()).toEqual(taken.sort());
    for (const name of taken) expect(cli).toContain(`  ${name === "--help" ? "-h, --help" : name}`);
  });

  test("lists the variables that it reads", () => {
    const sources = [cli, read("apps/demo/server/main.ts"), read("apps/demo/server/serve.ts")];
    const taken = sources.flatMap((text) => [...text.matchAll(/env\["([A-Z_]+)"\]/g)]);
    const variables = new Set(taken.map(([, name = ""]) => name));
    expect(variables.size).toBeGreaterThan(2);
    expect(names("## Environment").sort()).toEqual([...variables].sort());
  });

  test("lists the options of tokens", () => {
    const command = read("apps/demo/server/access/token-command.ts");
    const taken = [...command.matchAll(/^ +(\w+): \{ type: "string"/gm)].map(
      ([, name]) => `--${name}`,
    );
    expect(names("## Tokens")).toEqual(taken);
  });

  function names(heading: string): string[] {
    return rowsBelow(page, heading).map(([name]) => name);
  }
});

describe("the reference of the SQL schema", () => {
  const page = read("docs/reference/sql-schema.md");
  const sql = filesIn("packages/postgres/sql", /\.sql$/)
    .map(read)
    .join("\n");
  const migrations = read("packages/postgres/src/migrate.ts");
  const tables = new Map([...tablesIn(sql), ...tablesIn(migrations)]);

  test("knows the tables that the migrations make", () => {
    expect(tables.size).toBeGreaterThan(7);
    const listed = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, name = ""]) => name);
    expect(listed.sort()).toEqual([...tables.keys()].sort());
  });

  test.each([...tables])("lists the columns of %s, in order", (table, columns) => {
    expect(columns.length).toBeGreaterThan(1);
    expect(rowsBelow(page, `### \`${table}\``).map(([name]) => name)).toEqual(columns);
  });
});

test("the index of decisions lists each, by its title", () => {
  const files = filesIn("docs/adr", /\d{4}-.*\.md$/);
  expect(files.length).toBeGreaterThan(5);
  const index = read("docs/adr/README.md");
  for (const file of files) {
    const [number = ""] = /\d{4}/.exec(file) ?? [];
    expect(index).toContain(`[${number}](${basename(file)})`);
    expect(read(file)).toMatch(
      new RegExp(`^# ${number}: .+\n\n## Context\n[^]+\n## Decision\n[^]+\n## Cost\n`),
    );
  }
});

test("the site has the demo's colours", () => {
  const site = read("docs/.vitepress/theme/style.css");
  const demo = read("apps/demo/web/src/styles/tokens.css");
  const colours = [
    ...demo.matchAll(/--((?:sync|eventual)(?:-\w+)?): light-dark\((#\w+), (#\w+)\)/g),
  ];
  expect(colours).toHaveLength(6);
  const [light = "", dark = ""] = site.split(".dark {");
  for (const [, name, inLight, inDark] of colours) {
    expect(light).toContain(`--${name}: ${inLight};`);
    expect(dark).toContain(`--${name}: ${inDark};`);
  }
});

/** Codes as they are written in sources: in a union `…Code`, in `problem(404, "…")` and `refused(…, "…")`. */
function codesIn(...folders: readonly string[]): Set<string> {
  const texts = folders.flatMap((folder) => filesIn(folder, /(?<!\.test|\.test-d)\.ts$/)).map(read);
  const unions = texts.flatMap((text) => [...text.matchAll(/type \w*ErrorCode =([^;]+);/g)]);
  const calls = texts.flatMap((text) => [
    ...text.matchAll(/\b(?:problem|refused)\(\s*(?:\w+,\s*){1,2}("[A-Z][A-Z0-9_]+")/g),
  ]);
  const found = [...unions, ...calls].flatMap(([, code = ""]) => [
    ...code.matchAll(/"([A-Z0-9_]+)"/g),
  ]);
  return new Set(found.map(([, code = ""]) => code));
}

function tablesIn(text: string): [name: string, columns: string[]][] {
  return [
    ...text.matchAll(
      /create table (?:if not exists )?(?::"schema"|\$\{quoted\})\.(\w+) \(\n([^]*?)\n *\)/g,
    ),
  ].map(([, name = "", body = ""]) => [
    name,
    [...body.matchAll(/^ +(?!primary |unique |check )(\w+) /gm)].map(([, column = ""]) => column),
  ]);
}

function filesIn(folder: string, name: RegExp): string[] {
  const path = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
}
