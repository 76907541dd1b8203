import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Matrix, Place, RawResult, RedReport, RuleResult } from "../grading/report.ts";
import type { BundleJob } from "./bundle.ts";
import { bundle } from "./bundle.ts";
import type { Exercise } from "./catalog.ts";
import { placeOfStack } from "./place.ts";
import { TypeMemory } from "./type-check.ts";
import type { Diagnostic } from "./type-check.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { WorkerReport } from "./worker-pool.ts";

export interface GradeJob {
  readonly exercise: Exercise;
  /** The code to grade. */
  readonly folder: string;
  /** Each rule has to hold under all of them. */
  readonly seeds: readonly number[];
  /** Default: the exercise's own. */
  readonly timeLimitMs?: number;
  /** What the compiler has found already; default: it is asked. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** How a piece of code was graded. */
export interface Verdict {
  readonly green: boolean;
  /** In the order of the tests; a rule that did not run, because the code does not load or hangs, is missing. */
  readonly rules: readonly RuleResult[];
  /** What the learner sees: the first thing that is wrong. */
  readonly first: RedReport | undefined;
  readonly matrix: Matrix | undefined;
  /** What the code wrote to its console. */
  readonly output: string;
}

export interface Grader extends AsyncDisposable {
  /** Grades under all seeds together: green when it is green under each. */
  grade(job: GradeJob): Promise<Verdict>;
  /** Grades under each seed by itself, in one run. */
  gradeEach(job: GradeJob): Promise<readonly Verdict[]>;
}

/**
 * Makes a grader. Code runs in a worker of its own, which is made and warmed before it is needed, and ended when a rule
 * takes too long.
 */
export function createGrader({ atOnce = 1 }: GraderOptions = {}): Grader {
  const pool = new WorkerPool(atOnce);
  const types = new TypeMemory();
  return {
    grade: async (job) => verdictOf(job, ...(await examine(job))),
    async gradeEach(job) {
      const [diagnostics, ran] = await examine(job);
      return job.seeds.map((seed) => verdictOf(job, diagnostics, onlyOf(ran, seed)));
    },
    [Symbol.asyncDispose]: () => pool.close(),
  };

  async function examine(job: GradeJob): Promise<[readonly Diagnostic[], Ran]> {
    const place = { exercise: job.exercise.folder, folder: job.folder };
    return Promise.all([job.diagnostics ?? types.check(place), run(place, job)]);
  }

  async function run(place: BundleJob, job: GradeJob): Promise<Ran> {
    const made = await bundle(place);
    if ("problem" in made) return made;
    try {
      return await pool.run(made.file, {
        seeds: job.seeds,
        limitMs: job.timeLimitMs ?? job.exercise.timeLimitMs,
      });
    } finally {
      await rm(made.file, { force: true });
    }
  }
}

export interface GraderOptions {
  /** How many grades may run at the same time without waiting for a worker; integer ≥ 1. Default 1. */
  readonly atOnce?: number;
}

function onlyOf(ran: Ran, seed: number): Ran {
  if ("problem" in ran) return ran;
  const own = (each: { readonly seed: number }): boolean => each.seed === seed;
  return { ...ran, results: ran.results.filter(own), matrices: ran.matrices.filter(own) };
}

type Ran = WorkerReport | { readonly problem: string; readonly place: Place | undefined };

function verdictOf(job: GradeJob, diagnostics: readonly Diagnostic[], ran: Ran): Verdict {
  const { folder } = job;
  if ("problem" in ran) {
    const { problem, place } = ran;
    const red: RedReport = {
      rule: "The code compiles",
      kind: "syntax",
      observed: problem,
      ...(place && { place }),
    };
    return { green: false, rules: [], first: red, matrix: undefined, output: "" };
  }
  const rules = mergeSeeds(ran.results.map(({ value }) => resultOf(value, job, diagnostics)));
  const first = typeErrorOf(diagnostics) ?? rules.find(({ red }) => red)?.red ?? endOf(ran, folder);
  return { green: !first, rules, first, matrix: matrixOf(ran), output: ran.output };
}

/** Of the first seed, as it was told last. */
function matrixOf({ matrices }: WorkerReport): Matrix | undefined {
  return matrices.findLast(({ seed }) => seed === matrices[0]?.seed)?.value;
}

/** A type error in the learner's own files comes first: what ill-typed code does explains nothing. */
function typeErrorOf(diagnostics: readonly Diagnostic[]): RedReport | undefined {
  const missing = diagnostics.find(({ file }) => file === "exercise.ts");
  const name = missing && /"\.\/solution\/(.*?)"' .*?'(.*?)'/.exec(missing.text);
  if (name) {
    const [, file = "", exported] = name;
    const observed = `${file} does not export ${exported} any more`;
    return { rule: "The code compiles", kind: "types", observed, place: { file, line: 1 } };
  }
  const own = diagnostics.find(({ file }) => file.startsWith("solution/"));
  if (!own) return undefined;
  const file = own.file.slice("solution/".length);
  return {
    rule: "The code compiles",
    kind: "types",
    observed: own.text,
    place: { file, line: own.line },
  };
}

/** Says how a run ended that did not get to its end. */
function endOf(
  { end, running, limitMs, results, stray }: WorkerReport,
  folder: string,
): RedReport | undefined {
  const rule = running ?? "The code loads";
  if (stray) {
    const place = placeOfStack(stray.stack, folder);
    const late = results.length > 0 || running !== undefined;
    return {
      rule: late ? "No error gets lost" : rule,
      kind: "error",
      observed: `threw ${stray.observed}`,
      ...(late && { consequence: "It was thrown where nobody awaits it: is an await missing?" }),
      ...(place && { place }),
    };
  }
  if (end === "done") return undefined;
  return { rule, kind: "hang", ...HANGS[end](limitMs) };
}

const HANGS = {
  silent: () => ({
    observed: "it waits for a promise that never settles",
    expected: "an answer or an error",
    why: "nothing is left that could settle it: is a resolve, a return or a call missing?",
  }),
  late: (limitMs: number) => ({
    observed: `no end after ${limitMs / 1_000} s; the run was stopped`,
    expected: "an answer or an error",
    why: "an endless loop, or a wait for real time?",
  }),
  memory: () => ({
    observed: "it ran out of memory; the run was stopped",
    expected: "an answer or an error",
    why: "a loop that collects without an end?",
  }),
  exit: () => ({
    observed: "the code ended the process",
    expected: "an answer or an error",
    why: "does it call process.exit?",
  }),
} as const;

function resultOf(
  { rule, red, stack, at, typeTest, otherwise }: RawResult,
  { exercise, folder }: GradeJob,
  diagnostics: readonly Diagnostic[],
): RuleResult {
  const failed = typeTest === undefined ? red : failsTypes(typeTest) ? otherwise : undefined;
  if (!failed) return { rule };
  const place = (stack && placeOfStack(stack, folder)) || placeOfText(at, exercise.files, folder);
  return { rule, red: { rule, ...failed, ...(place && { place }) } };

  function failsTypes(test: string): boolean {
    return diagnostics.some(({ file }) => file === `tests/${test}`);
  }
}

/** One result per rule: the first red of all seeds counts. */
function mergeSeeds(results: readonly RuleResult[]): readonly RuleResult[] {
  const merged = new Map<string, RuleResult>();
  for (const result of results) {
    if (!merged.get(result.rule)?.red) merged.set(result.rule, result);
  }
  return [...merged.values()];
}

function placeOfText(
  texts: readonly string[],
  files: readonly string[],
  folder: string,
): Place | undefined {
  const sources = files.flatMap((file) => {
    try {
      return [{ file, lines: readFileSync(join(folder, file), "utf8").split("\n") }];
    } catch {
      return []; // a missing file has been reported by the bundler
    }
  });
  for (const text of [...texts, "export "]) {
    for (const { file, lines } of sources) {
      const index = lines.findIndex((line) => line.includes(text));
      if (index >= 0) return { file, line: index + 1 };
    }
  }
  return undefined;
}
