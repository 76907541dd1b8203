import { spawn } from "node:child_process";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import type { BundleJob } from "./bundle.ts";
import { APP, CACHE } from "./paths.ts";

/** Something that the compiler said of one file of a variant. */
export interface Diagnostic {
  /** `solution/x.ts` is the variant's file, `tests/x.test-d.ts` a type test. */
  readonly file: string;
  readonly line: number;
  /** `TS2322: Type 'string' is not assignable to type 'number'.` */
  readonly text: string;
}

let checks = 0;

/**
 * Has the compiler look at variants of exercises: their files, and the type tests with the variant in the place of the
 * solution. One process for all: TypeScript 7 has no API in JavaScript, and starting is most of what it costs.
 *
 * @returns One list per job, in the order of the jobs.
 */
export async function typeCheck(
  jobs: readonly BundleJob[],
): Promise<readonly (readonly Diagnostic[])[]> {
  if (jobs.length === 0) return [];
  const folder = join(CACHE, "types", `${process.pid}-${(checks += 1)}`);
  try {
    await Promise.all(jobs.map((job, index) => lay(job, join(folder, String(index)))));
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(APP, "tsconfig.json"), include: ["**/*.ts"] }),
    );
    const found: Diagnostic[][] = jobs.map(() => []);
    for (const [index, diagnostic] of parse(await compile(folder))) found[index]?.push(diagnostic);
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Remembers what the compiler said of each folder, as long as nothing in it changes: a replay need not wait for it. */
export class TypeMemory {
  readonly #known = new Map<string, { readonly text: string; readonly found: Found }>();

  async check(job: BundleJob): Promise<Found> {
    const text = await textOf(job);
    const known = this.#known.get(job.folder);
    if (known?.text === text) return known.found;
    const [found = []] = await typeCheck([job]);
    this.#known.set(job.folder, { text, found });
    return found;
  }
}

type Found = readonly Diagnostic[];

/** All that the compiler would read of a variant, in one text. */
async function textOf({ exercise, folder }: BundleJob): Promise<string> {
  const parts = [folder, join(exercise, "tests")].map(async (place) => {
    const files = (await readdir(place, { recursive: true })).filter((file) =>
      file.endsWith(".ts"),
    );
    const texts = files.toSorted().map(async (file) => {
      return `${file}\0${await readFile(join(place, file), "utf8")}\0`;
    });
    return (await Promise.all(texts)).join("");
  });
  return (await Promise.all(parts)).join("\0");
}

async function lay({ exercise, folder }: BundleJob, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await Promise.all([
    cp(folder, join(target, "solution"), {
      recursive: true,
      filter: (path) => path === folder || ["", ".ts"].includes(extname(path)),
    }),
    cp(join(exercise, "exercise.ts"), join(target, "exercise.ts")),
    layTypeTests(join(exercise, "tests"), join(target, "tests")),
  ]);
}

async function layTypeTests(tests: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const files = (await readdir(tests)).filter((file) => file.endsWith(".test-d.ts"));
  await Promise.all(files.map((file) => cp(join(tests, file), join(target, file))));
}

const TSC = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin/tsc",
);

function compile(folder: string): Promise<string> {
  const child = spawn(process.execPath, [TSC, "-p", folder, "--pretty", "false"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer): void => void chunks.push(chunk);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => {
      const output = Buffer.concat(chunks).toString("utf8");
      if (code === 0 || LINE.test(output)) resolve(output);
      else reject(new Error(`The compiler did not run: ${output.slice(0, 500)}`));
    });
  });
}

const LINE = /^(\d+)[\\/](.+?)\((\d+),\d+\): error (TS\d+: .*)$/m;

function parse(output: string): [index: number, diagnostic: Diagnostic][] {
  return [...output.matchAll(new RegExp(LINE, "gm"))].map(
    ([, index, file = "", line, text = ""]) => [
      Number(index),
      { file: file.replaceAll("\\", "/"), line: Number(line), text },
    ],
  );
}
