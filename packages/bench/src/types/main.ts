import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, temporaryFolder } from "../harness/bundle.ts";
import type { Effort } from "../harness/effort.ts";
import type { Part, Table } from "../harness/report.ts";
import { atMost, table } from "../harness/report.ts";
import { withContracts, withFunctions } from "./generate.ts";

const run = promisify(execFile);

const OURS = "contracts on buses";
const LIMIT = "plain functions";

/** Seconds that a type check may take in all. */
const BUDGETS = [
  { messages: 300, seconds: 1.5 },
  { messages: 1_000, seconds: 8 },
];

/** Measures what the compiler needs for many messages. */
export async function benchTypes(effort: Effort): Promise<Part> {
  const rounds = { full: 7, quick: 5, tiny: 1 }[effort.name];
  const tables: Table[] = [];
  for (const { messages, seconds } of BUDGETS) {
    const count = effort.name === "tiny" ? messages / 50 : messages;
    tables.push(...(await checkedBy(count, rounds, seconds)));
  }
  return {
    name: "types",
    title: `Type check: ${await versionOf()}`,
    tables,
    notes: ["Half commands and half queries, each with a payload, a result, a route and a caller."],
  };
}

async function checkedBy(messages: number, rounds: number, seconds: number): Promise<Table[]> {
  const folder = temporaryFolder();
  const programs = [
    { name: LIMIT, folder: await generate(join(folder, "functions"), withFunctions(messages)) },
    { name: OURS, folder: await generate(join(folder, "contracts"), withContracts(messages)) },
  ];
  const measured = new Map(programs.map(({ name }) => [name, [] as Diagnostics[]]));
  for (let round = 0; round < rounds; round++) {
    for (const program of programs) {
      measured.get(program.name)!.push(await check(program.folder)); // each program has a list
    }
  }
  const samplesOf = (pick: (diagnostics: Diagnostics) => number): Map<string, number[]> =>
    new Map([...measured].map(([name, all]) => [name, all.map(pick)]));
  const title = `${messages.toLocaleString("en-US")} messages`;
  const note = `${measured.get(OURS)![0]!.instantiations.toLocaleString("en-US")} instantiations of types for contracts on buses.`;
  return [
    table({
      title: `${title}, time in all`,
      unit: "s",
      reference: LIMIT,
      samples: samplesOf(({ totalSeconds }) => totalSeconds),
      targets: (ratioOf) => [atMost("type check, s", seconds, ratioOf(OURS))],
      notes: [note],
    }),
    table({
      title: `${title}, memory`,
      unit: "MiB",
      reference: LIMIT,
      samples: samplesOf(({ memoryMiB }) => memoryMiB),
    }),
  ];
}

interface Diagnostics {
  readonly totalSeconds: number;
  readonly memoryMiB: number;
  readonly instantiations: number;
}

async function generate(folder: string, source: string): Promise<string> {
  const compilerOptions = {
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable", "DOM"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    allowImportingTsExtensions: true,
    customConditions: ["@counterpoint/source"],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "main.mts"), source);
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["main.mts"] }),
  );
  return folder;
}

async function check(folder: string): Promise<Diagnostics> {
  const stdout = await tsc("-p", folder, "--extendedDiagnostics", "--pretty", "false");
  return {
    totalSeconds: read(stdout, "Total time"),
    memoryMiB: read(stdout, "Memory used") / 1_024,
    instantiations: read(stdout, "Instantiations"),
  };
}

async function versionOf(): Promise<string> {
  return `TypeScript ${(await tsc("--version")).trim().replace("Version ", "")}`;
}

/** @throws {Error} With what the compiler says, when the program is wrong. */
async function tsc(...args: string[]): Promise<string> {
  const script = join(ROOT, "node_modules/typescript/bin/tsc");
  try {
    return (await run(process.execPath, [script, ...args], { maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { stdout = "" } = error as { readonly stdout?: string };
    throw new Error(`The compiler refused:\n${stdout.slice(0, 2_000)}`, { cause: error });
  }
}

function read(diagnostics: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(diagnostics)?.[1];
  if (value === undefined) throw new Error(`The compiler did not say ${name}:\n${diagnostics}`);
  return Number(value);
}
