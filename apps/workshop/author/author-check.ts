import { join } from "node:path";
import type { RedReport } from "../grading/report.ts";
import type { Exercise } from "../runner/catalog.ts";
import { isStarred } from "../runner/catalog.ts";
import { createGrader } from "../runner/grader.ts";
import type { Grader, Verdict } from "../runner/grader.ts";
import { typeCheck } from "../runner/type-check.ts";
import type { Diagnostic } from "../runner/type-check.ts";
import { structureProblems } from "./structure.ts";

/** What the check found in one exercise, and how much it looked at. */
export interface AuthorReport {
  readonly slug: string;
  /** One sentence each; empty when the exercise keeps what it declares. */
  readonly problems: readonly string[];
  /** How many runs of its rules stand behind this. */
  readonly runs: number;
}

export interface AuthorCheckOptions {
  /** Which variants to grade (`problem`, `wrong/last-wins`). Default: all. */
  readonly variants?: (name: string) => boolean;
}

const SOLUTION_SEEDS = range(20);
const ALTERNATIVE_SEEDS = range(5);
const RED_SEEDS = range(3);
const AT_ONCE = 2;
/** A busy machine is no endless loop. */
const PATIENCE = 10;

/**
 * Holds exercises to what they declare: the starter fails for exactly its reasons, solution and alternatives are green,
 * wrong solutions are refused by name, every cell of the mutant matrix is as declared, and nothing is missing.
 */
export async function authorCheck(
  exercises: readonly Exercise[],
  { variants: wanted = () => true }: AuthorCheckOptions = {},
): Promise<readonly AuthorReport[]> {
  await using grader = createGrader({ atOnce: AT_ONCE });
  const complete = exercises.map((exercise) => ({
    exercise,
    problems: structureProblems(exercise),
  }));
  const sound = complete.filter(({ problems }) => problems.length === 0);
  const variants = sound.flatMap(({ exercise }) =>
    variantsOf(exercise).filter(({ name }) => wanted(name)),
  );
  const diagnostics = await typeCheck(
    variants.map(({ exercise, folder }) => ({ exercise: exercise.folder, folder })),
  );
  const findings = await inLanes(variants, (variant, index) =>
    inspect(variant, diagnostics[index] ?? [], grader),
  );
  return complete.map(({ exercise, problems }) => {
    const own = findings.filter((_, index) => variants[index]?.exercise === exercise);
    return {
      slug: exercise.slug,
      problems: [...problems, ...own.flatMap((finding) => finding.problems)],
      runs: own.reduce((sum, { runs }) => sum + runs, 0),
    };
  });
}

interface Variant {
  readonly exercise: Exercise;
  /** `problem`, `solution`, `wrong/last-wins`, `alternative/null-prototype`. */
  readonly name: string;
  readonly folder: string;
}

interface Finding {
  readonly problems: readonly string[];
  readonly runs: number;
}

function variantsOf(exercise: Exercise): readonly Variant[] {
  const names = [
    "problem",
    "solution",
    ...Object.keys(exercise.wrong).map((name) => `wrong/${name}`),
    ...Object.keys(exercise.alternative).map((name) => `alternative/${name}`),
  ];
  return names.map((name) => ({ exercise, name, folder: join(exercise.folder, name) }));
}

async function inspect(
  variant: Variant,
  diagnostics: readonly Diagnostic[],
  grader: Grader,
): Promise<Finding> {
  const { exercise, name, folder } = variant;
  const timeLimitMs = exercise.timeLimitMs * PATIENCE;
  const job = { exercise, folder, diagnostics, timeLimitMs };
  const [kind, own = ""] = name.split("/");
  if (kind === "problem") {
    const verdicts = await grader.gradeEach({ ...job, seeds: RED_SEEDS });
    const problems = verdicts.flatMap((verdict) => [
      ...starterProblems(exercise, verdict),
      ...matrixProblems(variant, verdict),
    ]);
    return { problems: unique(problems), runs: RED_SEEDS.length };
  }
  if (kind === "wrong") {
    const verdicts = await grader.gradeEach({ ...job, seeds: RED_SEEDS });
    const problems = verdicts.flatMap((verdict) => [
      ...wrongProblems(exercise, own, verdict),
      ...matrixProblems(variant, verdict),
    ]);
    return { problems: unique(problems), runs: RED_SEEDS.length };
  }
  const seeds = kind === "solution" ? SOLUTION_SEEDS : ALTERNATIVE_SEEDS;
  const verdict = await grader.grade({ ...job, seeds });
  const problems = [...greenProblems(name, verdict), ...matrixProblems(variant, verdict)];
  return { problems, runs: seeds.length };
}

function starterProblems({ red }: Exercise, verdict: Verdict): string[] {
  const { first, rules } = verdict;
  if (!first) return ["problem: the starter is green already."];
  if (first.kind !== "rule" && !(first.kind === "types" && red.includes(first.rule))) {
    return [`problem: the first red is no rule but this ${first.kind}: ${inOneLine(first)}`];
  }
  const broken = rules.filter((rule) => rule.red).map(({ rule }) => rule);
  if (broken.join("\n") === red.join("\n")) return explanationProblems("problem", first);
  const list = (rules: readonly string[]): string => rules.map((rule) => `"${rule}"`).join(", ");
  return [`problem breaks ${list(broken)}; exercise.json declares ${list(red)}.`];
}

/** The first red explains itself. */
function explanationProblems(name: string, { expected, why, place, rule }: RedReport): string[] {
  const missing = [
    ...(expected === undefined ? ["expected"] : []),
    ...(why === undefined ? ["why"] : []),
    ...(place === undefined ? ["a place in the learner's file"] : []),
  ];
  return missing.length > 0 ? [`${name}: "${rule}" does not say: ${missing.join(", ")}.`] : [];
}

function greenProblems(name: string, { first, output }: Verdict): string[] {
  if (first) return [`${name} is red: ${inOneLine(first)}`];
  return output === "" ? [] : [`${name} writes to the console.`];
}

function wrongProblems({ wrong }: Exercise, name: string, { first }: Verdict): string[] {
  const declared = wrong[name];
  if (!declared) return [];
  if (!first) return [`wrong/${name} is green: nothing refuses it.`];
  const told = inOneLine(first);
  if (first.rule !== declared.rule) {
    return [`wrong/${name} is refused by another rule than "${declared.rule}": ${told}`];
  }
  const { given, observed, expected, consequence, why } = first;
  const message = [given, observed, expected, consequence, why].join("\n").toLowerCase();
  return message.includes(declared.says.toLowerCase())
    ? explanationProblems(`wrong/${name}`, first)
    : [`wrong/${name} is refused without "${declared.says}": ${told}`];
}

function matrixProblems({ exercise, name }: Variant, { matrix, first }: Verdict): string[] {
  if (!isStarred(exercise))
    return matrix ? [`${name}: there are mutants, but no declaration.`] : [];
  if (!matrix) return first ? [] : [`${name}: no mutants were tried.`];
  if (matrix.mutants.length === 0) return []; // a correct variant was refused, which a rule has said
  const known = Object.keys(exercise.mutants);
  const tried = matrix.mutants.map((mutant) => mutant.name);
  if (known.toSorted().join() !== tried.toSorted().join()) {
    return [`${name}: tried the mutants ${tried.join(", ")}; declared are ${known.join(", ")}.`];
  }
  const alive = matrix.mutants.filter(({ passed }) => passed).map((mutant) => mutant.name);
  const declared = exercise.survivors[name] ?? [];
  return alive.toSorted().join() === declared.toSorted().join()
    ? []
    : [
        `${name}: alive are ${alive.join(", ") || "none"}; declared are ${declared.join(", ") || "none"}.`,
      ];
}

function inOneLine({ rule, given, observed, expected, place }: RedReport): string {
  const where = place ? ` at ${place.file}:${place.line}` : "";
  return `${rule}${where}: ${given ? `${given} · ` : ""}${observed}${expected ? `, expected ${expected}` : ""}`;
}

async function inLanes<T, R>(
  items: readonly T[],
  act: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await act(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
