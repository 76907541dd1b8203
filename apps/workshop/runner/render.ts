import type { RedReport } from "../grading/report.ts";
import type { Exercise } from "./catalog.ts";
import { isStarred } from "./catalog.ts";
import type { Colors } from "./text.ts";
import { unbroken, wrap } from "./text.ts";
import type { Check, Workshop } from "./workshop.ts";

export interface Look {
  /** Columns. */
  readonly width: number;
  readonly colors: Colors;
  /** Says how a seed is replayed. */
  readonly replay: (seed: number) => string;
}

const BAR = 9;

/** `12 Idempotency ★   ▓▓▓▓▓▓░░░ 11/18 · ~25 min` */
export function headline(exercise: Exercise, workshop: Workshop, { colors }: Look): string {
  const { green, total } = workshop.count();
  const filled = Math.round((green / total) * BAR);
  const bar = "▓".repeat(filled) + "░".repeat(BAR - filled);
  return `${colors.bold(titleOf(exercise))}   ${bar} ${green}/${total} · ~${exercise.minutes} min`;
}

/** `12 Idempotency ★` */
export function titleOf(exercise: Exercise): string {
  return `${exercise.step} ${exercise.title}${isStarred(exercise) ? " ★" : ""}`;
}

/** What a check found: the first red in full, or what is green. */
export function checkLines(check: Check, look: Look): string[] {
  const { width, colors } = look;
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
    ...redLines(first, look),
    ...matrixLine(check),
    ...(more > 0 ? [colors.dim(`  ${more} more ${more === 1 ? "rule is" : "rules are"} red`)] : []),
  ];
}

/** Where a learner can watch what they have built; empty where there is nothing to watch. */
export function demoLines(exercise: Exercise, workshop: Workshop, { colors }: Look): string[] {
  const command = workshop.demoCommand(exercise);
  return command === undefined ? [] : ["See it run beside ours:", `  ${colors.cyan(command)}`];
}

/** An intended red is not to be taken for breakage. */
function noteOf({ verdict, isTask }: Check): string {
  const kind = verdict.first?.kind;
  if (isTask) return ` ${unbroken("(expected red: your task)")}`;
  if (kind === "rule") return ` ${unbroken("(this held at the start)")}`;
  return "";
}

function redLines(red: RedReport, { width, colors, replay: replayOf }: Look): string[] {
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
  const replay = seed === undefined ? [] : [unbroken(replayOf(seed))];
  const last = [...(why === undefined ? [] : [`why: ${why}`]), ...replay].join(" · ");
  if (last !== "") lines.push(...wrap(last, width, "  ").map((text) => colors.dim(text)));
  return lines;
}

/** `mutants 4/6 · correct variants 2/2`; empty for a step without mutants. */
function matrixLine({ verdict }: Check): string[] {
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

/** What the marks of {@link listRows} mean. */
export const LEGEND = "● half day · ★ graded by mutants";

/**
 * The course, one line per step.
 *
 * @param cursor - The row to mark; default: the current step's.
 */
export function listRows(workshop: Workshop, cursor: number | undefined, look: Look): string[] {
  const { colors, width } = look;
  const { steps } = workshop.progress();
  const marked = cursor ?? workshop.catalog.indexOf(workshop.current());
  const widest = Math.max(...workshop.catalog.map((exercise) => titleOf(exercise).length));
  return workshop.catalog.map((exercise, index) => {
    const { slug, step, minutes, core } = exercise;
    const { greenAt, startedAt } = steps[slug] ?? {};
    const state = greenAt ? colors.green("✓") : startedAt ? colors.yellow("…") : " ";
    const indent = " ".repeat(2 - String(step).length);
    const title = (indent + titleOf(exercise)).padEnd(widest + 1);
    const name = width < 90 ? "" : colors.dim(`  ${slug}`);
    const row = `${state} ${core ? "●" : " "} ${title}  ${String(minutes).padStart(2)} min${name}`;
    return index === marked ? colors.bold(`> ${row}`) : `  ${row}`;
  });
}
