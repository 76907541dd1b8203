import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../run.ts";
import { root } from "../workspaces.ts";
import { fulfils, instrument } from "./claims.ts";
import type { InstrumentedModule } from "./claims.ts";
import type { CodeBlock } from "./markdown.ts";
import type { ExampleModule } from "./modules.ts";
import { codeOf } from "./modules.ts";
import type { ExampleResult } from "./runner.ts";

/** What a check found, and how much it looked at. */
export interface Findings {
  readonly problems: readonly string[];
  readonly looked: number;
}

const RUNNER = fileURLToPath(new URL("./runner.ts", import.meta.url));
const PROCESSES = 2;
const PATIENCE_MS = 120_000;

/**
 * Type-checks examples, each on the lines of its page.
 *
 * @param folder - Emptied, and then holds them; imports are resolved from there.
 * @returns The blocks that the compiler has read.
 */
export async function compileExamples(
  modules: readonly ExampleModule[],
  folder: string,
): Promise<Findings> {
  writeAll(
    folder,
    modules.map((module) => [module.path, codeOf(module)]),
  );
  const config = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      types: ["node"],
      declaration: false,
      isolatedDeclarations: false,
      noPropertyAccessFromIndexSignature: false,
      jsx: "react-jsx",
    },
    include: ["**/*.ts", "**/*.tsx"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { output } = await run(["typescript", "-p", folder, "--pretty", "false", "--listFiles"]);
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const failed = new Set<string>();
  const read = new Set<string>();
  const problems: string[] = [];
  for (const line of output.split("\n")) {
    const error = /^(?<file>.+?)\((?<line>\d+),\d+\): (?<text>error .*)$/.exec(line)?.groups;
    if (error) {
      const path = pathIn(folder, join(root, error["file"] ?? ""));
      const module = byPath.get(path);
      if (module && isToFail(module, Number(error["line"]), error["text"] ?? "")) failed.add(path);
      else problems.push(`${module?.page ?? error["file"]}:${error["line"]}: ${error["text"]}`);
    } else if (line.startsWith("error ")) problems.push(line);
    else if (line.length > 0 && !line.startsWith(" ")) read.add(pathIn(folder, line));
  }
  for (const module of modules) {
    if (failed.has(module.path) || !module.parts.some(({ block }) => fails(block))) continue;
    problems.push(`${module.page}: ${module.path} is marked as failing, and compiles.`);
  }
  const seen = modules.filter(({ path }) => read.has(path));
  if (seen.length < modules.length) {
    problems.push(`The compiler has read ${seen.length} of ${modules.length} examples.`);
  }
  return { problems, looked: new Set(seen.flatMap(blocksOf)).size };
}

/**
 * Runs every example that claims an output, and compares.
 *
 * @param folder - Emptied, and then holds the instrumented examples.
 * @param patienceMs - How long one may take; default two minutes.
 * @returns The claims that were compared.
 */
export async function executeExamples(
  modules: readonly ExampleModule[],
  folder: string,
  patienceMs = PATIENCE_MS,
): Promise<Findings> {
  const instrumented = new Map(modules.map((module) => [module.path, instrument(module)]));
  writeAll(
    folder,
    [...instrumented].map(([path, { code }]) => [path, code]),
  );
  const sound = modules.filter(({ parts }) => !parts.some(({ block }) => fails(block)));
  const paths = new Set(sound.map(({ path }) => path));
  const claiming = [...instrumented].filter(
    ([path, { claims }]) => claims.length > 0 && paths.has(path),
  );
  const shares = Array.from({ length: PROCESSES }, (_each, share) =>
    claiming.filter((_each, index) => index % PROCESSES === share).map(([path]) => path),
  );
  const results = (
    await Promise.all(shares.map((paths) => perform(folder, paths, patienceMs)))
  ).flat();
  const problems = [...instrumented.values()].flatMap((each) => each.problems);
  for (const result of results) {
    const path = pathIn(folder, result.file);
    const page = modules.find((module) => module.path === path)?.page ?? path;
    const { claims } = instrumented.get(path) ?? { claims: [] };
    if (result.error !== undefined) problems.push(`${page}: ${placed(result.error, folder)}`);
    else problems.push(...unfulfilled(claims, result));
  }
  const missing = claiming.length - results.length;
  if (missing > 0) problems.push(`${missing} of ${claiming.length} examples left no result.`);
  return { problems, looked: claiming.reduce((sum, [, { claims }]) => sum + claims.length, 0) };
}

function unfulfilled(
  claims: InstrumentedModule["claims"],
  { recording }: ExampleResult,
): readonly string[] {
  return claims.flatMap(({ page, line, expected, kind }, id) => {
    const block = recording.outputs[id];
    const came =
      kind === "output"
        ? [block === undefined ? "" : (recording.printed[block] ?? []).join("\n")]
        : (recording.claims[id] ?? []);
    if (came.length > 0 && came.every((actual) => fulfils(expected, actual))) return [];
    const actual = came.length === 0 ? "(it was never reached)" : came.join("\n");
    return [
      `${page}:${line}: the page says\n${indented(expected)}\n  and it is\n${indented(actual)}`,
    ];
  });
}

/** Runs one share of the examples in a process and a working folder of its own. */
async function perform(
  folder: string,
  paths: readonly string[],
  patienceMs: number,
): Promise<ExampleResult[]> {
  if (paths.length === 0) return [];
  const place = mkdtempSync(join(tmpdir(), "counterpoint-docs-"));
  chmodSync(place, 0o755); // a Postgres that runs as somebody else has to enter it
  const [list, target] = [join(place, ".files.json"), join(place, ".results.json")];
  writeFileSync(list, JSON.stringify(paths.map((path) => join(folder, path))));
  const flags = ["--import", import.meta.resolve("tsx"), "--conditions=@counterpoint/source"];
  const child = spawn(process.execPath, [...flags, RUNNER, list, target, String(patienceMs)], {
    cwd: place,
    stdio: ["ignore", "inherit", "inherit"],
  });
  await new Promise((resolve) => child.on("close", resolve));
  try {
    return JSON.parse(readFileSync(target, "utf8")) as ExampleResult[]; // runner.ts wrote it
  } catch {
    return []; // it ended early; whoever counts will notice
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function writeAll(folder: string, files: readonly (readonly [path: string, text: string])[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function blocksOf({ page, parts }: ExampleModule): string[] {
  return parts.filter(({ block }) => !block.hidden).map(({ block }) => `${page}:${block.line}`);
}

/** Tells whether an error is one that a block is there to show; a name that nobody has declared never is. */
function isToFail({ parts }: ExampleModule, line: number, error: string): boolean {
  if (/TS(2304|2307|2552):/.test(error)) return false;
  return parts.some(({ block }) => {
    return fails(block) && line >= block.line && line < block.line + block.code.split("\n").length;
  });
}

function fails({ marks }: CodeBlock): boolean {
  return marks.includes("fails");
}

function pathIn(folder: string, file: string): string {
  return relative(folder, file).split(sep).join("/");
}

/** Paths in the message of an error, as somebody who looks at the page needs them. */
function placed(text: string, folder: string): string {
  return text.replaceAll(`file://${folder}/`, "").replaceAll(`${folder}/`, "");
}

function indented(text: string): string {
  return text.replace(/^/gm, "    ");
}
