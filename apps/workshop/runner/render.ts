import type { RedReport } from "../grading/report.ts";
import type { Exercise } from "./catalog.ts";
import { isStarred } from "./catalog.ts";
import type { Colors } from "./text.ts";
import { wrap } from "./text.ts";
import type { Check, Workshop } from "./workshop.ts";

export interface Look {
  /** Columns. */
  readonly width: number;
  readonly colors: Colors;
}

const BAR = 9;

/** `12 Idempotency ★   ▓▓▓▓▓▓░░░ 11/18 · ~25 min` */
export function headline(exercise: Exercise, workshop: Workshop, { colors }: Look): string {
  const { steps } = workshop.progress();
  const total = workshop.catalog.length;
  const green = workshop.catalog.filter(({ slug }) => steps[slug]?.greenAt !== undefined).length;
  const filled = Math.round((green / total) * BAR);
  const bar = "▓".repeat(filled) + "░".repeat(BAR - filled);
  return `${colors.bold(titleOf(exercise))}   ${bar} ${green}/${total} · ~${exercise.minutes} min`;
}

/** `12 Idempotency ★` */
export function titleOf(exercise: Exercise): string {
  return `${exercise.step} ${exercise.title}${isStarred(exercise) ? " ★" : ""}`;
}

/** What a check found: the first red in full, or what is green. */
export function checkLines(check: Check, { width, colors }: Look): string[] {
  const { exercise, verdict, isTask } = check;
  const { first, rules } = verdict;
  if (!first) {
    return [
      colors.green(`✓ ${rules.length === 1 ? "The rule holds" : `All ${rules.length} rules hold`}`),
    ];
  }
  const { file, line } = first.place ?? { file: exercise.files[0] ?? "" };
  const note = noteOf(check);
  const more = rules.filter(({ rule, red }) => red && rule !== first.rule).length;
  return [
    colors.cyan(`work/${exercise.slug}/${file}${line === undefined ? "" : `:${line}`}`),
    ...wrap(`✗ ${first.rule}${note}`, width).map((text) =>
      (isTask ? colors.yellow : colors.red)(text),
    ),
    ...redLines(first, { width, colors }),
    ...matrixLine(check),
    ...(more > 0 ? [colors.dim(`  ${more} more ${more === 1 ? "rule is" : "rules are"} red`)] : []),
  ];
}

/** An intended red is not to be taken for breakage. */
function noteOf({ verdict, isTask }: Check): string {
  const kind = verdict.first?.kind;
  if (isTask) return "  (expected red: your task)";
  if (kind === "rule") return "  (this held at the start)";
  return "";
}

function redLines(red: RedReport, { width, colors }: Look): string[] {
  const { given, observed, expected, consequence, why, seed } = red;
  const lines: string[] = [];
  const short = [given, expected === undefined ? observed : `${observed}, expected ${expected}`]
    .filter((part) => part !== undefined)
    .join(" · ");
  if (short.length <= width - 2) lines.push(`  ${short}`);
  else {
    const parts = { given, observed, expected };
    for (const [name, text] of Object.entries(parts)) {
      if (text === undefined) continue;
      const [head = "", ...rest] = wrap(text, width, " ".repeat(12));
      lines.push(`  ${name.padEnd(10)}${head.slice(12)}`, ...rest);
    }
  }
  if (consequence !== undefined) lines.push(...wrap(consequence, width, "  "));
  const replay = seed === undefined ? [] : [`replay: g (seed ${seed})`];
  const last = [...(why === undefined ? [] : [`why: ${why}`]), ...replay].join(" · ");
  if (last !== "") lines.push(...wrap(last, width, "  ").map((text) => colors.dim(text)));
  return lines;
}

/** `mutants 4/6 · correct variants 2/2`; empty for a step without mutants. */
export function matrixLine({ verdict }: Check): string[] {
  if (!verdict.matrix) return [];
  const { correct, mutants } = verdict.matrix;
  const dead = mutants.filter(({ passed }) => !passed).length;
  const right = correct.filter(({ passed }) => passed).length;
  const killed = mutants.length === 0 ? "mutants not tried" : `mutants ${dead}/${mutants.length}`;
  return [`${killed} · correct variants ${right}/${correct.length}`];
}

/** Every correct variant and every mutant with its fate; the names of survivors after some attempts. */
export function matrixLines(check: Check, { width, colors }: Look): string[] {
  const { verdict, exercise, revealed } = check;
  if (!verdict.matrix) return ["This step has no mutants."];
  const { correct, mutants } = verdict.matrix;
  const alive = mutants.filter(({ passed }) => passed);
  return [
    colors.bold("Correct variants: your property has to hold for each"),
    ...correct.map(({ name, passed }) =>
      passed ? colors.green(`  ✓ ${name}`) : colors.red(`  ✗ ${name} is refused`),
    ),
    "",
    colors.bold("Wrong variants: your property has to fail for each"),
    ...(mutants.length === 0 ? ["  not tried: first every correct variant has to pass"] : []),
    ...mutants
      .filter(({ passed }) => !passed)
      .flatMap(({ name }) => wrap(`✓ caught: ${exercise.mutants[name] ?? name}`, width, "  "))
      .map((text) => colors.green(text)),
    ...(revealed
      ? alive.flatMap(({ name }) => wrap(`✗ lives: ${exercise.mutants[name] ?? name}`, width, "  "))
      : alive.map((_, index) => `  ✗ survivor ${index + 1}`)
    ).map((text) => colors.red(text)),
    ...(alive.length > 0 && !revealed
      ? ["", "Survivors tell their misconception after two attempts."]
      : []),
  ];
}

/** All rules with their fate, and the reds in full. */
export function ruleLines(check: Check, look: Look): string[] {
  const { colors } = look;
  const { rules, first } = check.verdict;
  const lines = rules.flatMap(({ rule, red }) =>
    red ? [colors.red(`✗ ${rule}`), ...redLines(red, look), ""] : [colors.green(`✓ ${rule}`)],
  );
  if (first && !rules.some(({ red }) => red === first)) {
    lines.unshift(colors.red(`✗ ${first.rule}`), ...redLines(first, look), "");
  }
  return lines;
}

/** The course, one line per step. */
export function listLines(workshop: Workshop, { colors }: Look): string[] {
  const { steps } = workshop.progress();
  const current = workshop.current();
  return workshop.catalog.map((exercise) => {
    const { slug, step, minutes, core } = exercise;
    const state = steps[slug];
    const mark = state?.greenAt ? colors.green("✓") : state?.startedAt ? colors.yellow("…") : " ";
    const title = `${titleOf(exercise).slice(String(step).length + 1)}`;
    const row = `${exercise === current ? ">" : " "} ${mark} ${String(step).padStart(2)} ${core ? "●" : " "} ${title.padEnd(28)} ${`${minutes} min`.padStart(6)}  ${colors.dim(slug)}`;
    return exercise === current ? colors.bold(row) : row;
  });
}
