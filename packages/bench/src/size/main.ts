import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pathToFileURL } from "node:url";
import { ROOT, temporaryFolder } from "../harness/bundle.ts";
import type { Effort } from "../harness/effort.ts";
import type { Part, Table } from "../harness/report.ts";
import { atMost, table } from "../harness/report.ts";
import { weigh } from "./weigh.ts";

const run = promisify(execFile);

const CORE = "counterpoint: CommandBus, command";
const ALL = "counterpoint: all of bus";
const LIMIT = "optimal";
const NOTHING = "nothing";

/** Measures what a bundle weighs and how long an import takes. */
export async function benchSize(effort: Effort): Promise<Part> {
  return {
    name: "size",
    title: "Size and start",
    tables: [await busTable(), await packagesTable(), await importTable(effort)],
    notes: [
      "Bundled and minified by esbuild, gzipped at level 9, everything included that is imported.",
    ],
  };
}

/** Libraries, each as little of it as a bus needs. */
async function busTable(): Promise<Table> {
  const bundles: Readonly<Record<string, string>> = {
    [LIMIT]: `export { OptimalBus } from "${join(ROOT, "packages/bench/src/size/optimal.ts")}";`,
    [CORE]: `export { CommandBus, command } from "@counterpoint/bus";`,
    "counterpoint: EventBus, event": `export { EventBus, event } from "@counterpoint/bus";`,
    [ALL]: `export * from "@counterpoint/bus";`,
    "emmett 0.42: its bus": `export { getInMemoryMessageBus } from "@event-driven-io/emmett";`,
    "mediatr-ts 2.2": `export * from "mediatr-ts";`,
    "emittery 1.2": `export { default } from "emittery";`,
    "hollywood-js 6": `export * from "hollywood-js";`,
    "@nestjs/cqrs 11": `export * from "@nestjs/cqrs";`,
  };
  return table({
    title: "Buses",
    unit: "bytes",
    reference: LIMIT,
    samples: await weighed(bundles),
    targets: (ratioOf) => [
      atMost("CommandBus and command, bytes", 1_500, ratioOf(CORE)),
      atMost("all of bus, bytes", 2_400, ratioOf(ALL)),
    ],
    notes: ["@nestjs/cqrs without what Nest loads only when it is asked for."],
  });
}

/** Every entry point of every package, with our own packages below it and without foreign ones. */
async function packagesTable(): Promise<Table> {
  const entries = readdirSync(join(ROOT, "packages"))
    .map((folder) => readManifest(join(ROOT, "packages", folder, "package.json")))
    .filter((manifest) => !manifest.private)
    .flatMap(({ name, exports = {} }) =>
      Object.keys(exports)
        .filter((path) => path !== "./package.json")
        .map((path) => name + path.slice(1)),
    );
  const samples = await weighed(
    Object.fromEntries(entries.map((entry) => [entry, `export * from "${entry}";`])),
    { foreign: false },
  );
  const middlewares = entries.filter((entry) => entry.startsWith("@counterpoint/bus/"));
  return table({
    title: "Packages",
    unit: "bytes",
    samples,
    targets: (ratioOf) =>
      middlewares.map((entry) => atMost(`${entry}, bytes`, 1_000, ratioOf(entry))),
  });
}

/** The time from before an import to after it, in a process that has done nothing else. */
async function importTable(effort: Effort): Promise<Table> {
  const folder = temporaryFolder();
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const config = join(ROOT, "packages/bus/tsconfig.build.json");
  await run(process.execPath, [compiler, "-p", config, "--outDir", folder]);
  await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
  await writeFile(join(folder, "nothing.js"), "export {};");
  const imports: Readonly<Record<string, string>> = {
    [NOTHING]: pathToFileURL(join(folder, "nothing.js")).href,
    [ALL]: pathToFileURL(join(folder, "index.js")).href,
    "emmett 0.42": "@event-driven-io/emmett",
    "mediatr-ts 2.2": "mediatr-ts",
    "emittery 1.2": "emittery",
    "hollywood-js 6": "hollywood-js",
    "@nestjs/cqrs 11": "@nestjs/cqrs",
  };
  const samples = new Map(Object.keys(imports).map((name) => [name, [] as number[]]));
  for (let round = 0; round < effort.rounds; round++) {
    for (const [name, specifier] of Object.entries(imports)) {
      samples.get(name)!.push(await importMs(specifier, imports[NOTHING]!, folder)); // both are listed
    }
  }
  return table({
    title: "Import",
    unit: "ms",
    samples,
    targets: (ratioOf) => [atMost("import of bus, ms", 5, ratioOf(ALL))],
    notes: ["As published: our bus as it is built, file by file."],
  });
}

async function importMs(specifier: string, first: string, cwd: string): Promise<number> {
  const script = `await import(${JSON.stringify(`${first}?first`)}); // the first import starts Node's loader
    const start = performance.now(); await import(${JSON.stringify(specifier)});
    process.stdout.write(String(performance.now() - start));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: "", SUPPRESS_NO_CONFIG_WARNING: "1" },
  });
  return Number(stdout);
}

async function weighed(
  bundles: Readonly<Record<string, string>>,
  options?: { readonly foreign: boolean },
): Promise<Map<string, number[]>> {
  const samples = new Map<string, number[]>();
  for (const [name, contents] of Object.entries(bundles)) {
    samples.set(name, [await weigh(contents, options)]);
  }
  return samples;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest; // npm has parsed it before us
}
