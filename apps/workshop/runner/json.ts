import type { Exercise } from "./catalog.ts";
import { isStarred } from "./catalog.ts";
import type { Check, Workshop } from "./workshop.ts";

// The shapes of `--json`: programs read them, so a member only ever comes, and none goes.

export function exerciseJson(exercise: Exercise, workshop: Workshop) {
  const { slug, step, title, minutes, core, files } = exercise;
  const { startedAt, greenAt, attempts, hints, solutionSeen = false } = workshop.step(exercise);
  return {
    slug,
    step,
    title,
    minutes,
    core,
    starred: isStarred(exercise),
    files: files.map((file) => `work/${slug}/${file}`),
    startedAt: startedAt ?? null,
    greenAt: greenAt ?? null,
    attempts,
    hints,
    solutionSeen,
    demo: workshop.demoCommand(exercise) ?? null,
  };
}

export function checkJson(check: Check, workshop: Workshop) {
  const { exercise, verdict, isTask, revealed } = check;
  const { first, rules, matrix, output } = verdict;
  const dead = matrix?.mutants.filter(({ passed }) => !passed) ?? [];
  const alive = matrix?.mutants.filter(({ passed }) => passed) ?? [];
  return {
    exercise: exerciseJson(exercise, workshop),
    green: verdict.green,
    first: first
      ? {
          rule: first.rule,
          kind: first.kind,
          expectedRed: isTask,
          file: first.place ? `work/${exercise.slug}/${first.place.file}` : null,
          line: first.place?.line ?? null,
          given: first.given ?? null,
          observed: first.observed,
          expected: first.expected ?? null,
          consequence: first.consequence ?? null,
          why: first.why ?? null,
          seed: first.seed ?? null,
        }
      : null,
    rules: rules.map(({ rule, red }) => ({ rule, green: !red })),
    mutants: matrix
      ? {
          tried: matrix.mutants.length > 0,
          total: Object.keys(exercise.mutants).length,
          dead: dead.length,
          survivors: revealed
            ? alive.map(({ name }) => ({ name, misconception: exercise.mutants[name] ?? null }))
            : alive.map(() => ({ name: null, misconception: null })),
          correct: {
            total: matrix.correct.length,
            passed: matrix.correct.filter(({ passed }) => passed).length,
          },
        }
      : null,
    output,
  };
}
