import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RedReport } from "../grading/report.ts";
import type { Exercise } from "./catalog.ts";
import type { Grader, Verdict } from "./grader.ts";
import { REPOSITORY } from "./paths.ts";
import type { Progress, StepProgress } from "./progress.ts";
import { ProgressStore, UNTOUCHED } from "./progress.ts";
import { WorkFolder } from "./work-folder.ts";

export interface WorkshopOptions {
  /** Where `work/` and `.workshop/` lie. */
  readonly home: string;
  readonly catalog: readonly Exercise[];
  readonly grader: Grader;
  readonly now: () => Date;
  /** A whole number from 1 to 9,999. */
  readonly nextSeed: () => number;
}

/** How a check of the learner's code ended. */
export interface Check {
  readonly exercise: Exercise;
  readonly verdict: Verdict;
  readonly step: StepProgress;
  /** Whether the starter is meant to be red here: the task, and no breakage. */
  readonly isTask: boolean;
  /** Whether the names of surviving mutants may be told. */
  readonly revealed: boolean;
  /** Green now and never before. */
  readonly isFirstGreen: boolean;
}

/** After how many attempts a surviving mutant tells its misconception. */
const ATTEMPTS_BEFORE_NAMES = 2;

/** What both the commands and the live screen do. */
export class Workshop {
  readonly catalog: readonly Exercise[];
  readonly work: WorkFolder;
  readonly #options: WorkshopOptions;
  readonly #store: ProgressStore;

  constructor(options: WorkshopOptions) {
    this.#options = options;
    this.catalog = options.catalog;
    this.work = new WorkFolder(options.home);
    this.#store = new ProgressStore(join(options.home, ".workshop"), options.now);
    this.notice = this.#store.read().notice;
  }

  /** What a learner should know about how the progress was read. */
  readonly notice: string | undefined;

  progress(): Progress {
    return this.#store.read().progress;
  }

  step({ slug }: Exercise): StepProgress {
    return this.progress().steps[slug] ?? UNTOUCHED;
  }

  isGreen(exercise: Exercise): boolean {
    return this.step(exercise).greenAt !== undefined;
  }

  count(): { readonly green: number; readonly total: number } {
    const { steps } = this.progress();
    const green = this.catalog.filter(({ slug }) => steps[slug]?.greenAt !== undefined).length;
    return { green, total: this.catalog.length };
  }

  /** By slug, by the number of the step, or by the beginning of a slug when it is unique. */
  find(name: string): Exercise | undefined {
    const exact = this.catalog.find(({ slug, step }) => slug === name || String(step) === name);
    if (exact) return exact;
    const [first, ...more] = this.catalog.filter(({ slug }) => slug.startsWith(name));
    return more.length === 0 ? first : undefined;
  }

  /** The step to resume: the current one, else the first that is not green, else the last. */
  current(): Exercise {
    const { current } = this.progress();
    const found =
      this.catalog.find(({ slug }) => slug === current) ??
      this.catalog.find((exercise) => !this.isGreen(exercise)) ??
      this.catalog.at(-1);
    if (!found) throw new RangeError("This workshop has no exercises.");
    return found;
  }

  /** The neighbour in the order of steps; the same at either end. */
  neighbour(exercise: Exercise, by: 1 | -1): Exercise {
    return this.catalog[this.catalog.indexOf(exercise) + by] ?? exercise;
  }

  /**
   * Makes a step the current one and puts its files into the work folder.
   *
   * @returns Sentences about files that came, changed or might be renewed.
   */
  start(exercise: Exercise): readonly string[] {
    this.#store.update((progress) => ({ ...progress, current: exercise.slug }));
    return this.handOut(exercise);
  }

  /** Does what `start` does, and leaves the current step as it is. */
  handOut(exercise: Exercise): readonly string[] {
    const { slug } = exercise;
    const { created, renewed, outdated, starter } = this.work.handOut(
      exercise,
      this.step(exercise).starter,
    );
    this.work.writePage(exercise, this.isGreen(exercise));
    this.#store.update((progress) => {
      const step = progress.steps[slug] ?? UNTOUCHED;
      const startedAt = step.startedAt ?? this.#options.now().toISOString();
      // Of a file that was edited, the starter it was made from stays known: the news stay news.
      const known = Object.fromEntries(
        outdated.flatMap((file) => {
          const before = step.starter[file];
          return before === undefined ? [] : [[file, before]];
        }),
      );
      const fresh = created.length === exercise.files.length && !step.hash;
      const hash = fresh ? this.work.hash(exercise) : step.hash;
      const next = { ...step, startedAt, starter: { ...starter, ...known }, ...(hash && { hash }) };
      return { ...progress, steps: { ...progress.steps, [slug]: next } };
    });
    return [
      ...(created.length > 0 && this.work.exists(exercise)
        ? [`New in work/${slug}: ${created.join(", ")}.`]
        : []),
      ...renewed.map(
        (file) => `${file} is new: the exercise was updated and you had not edited it.`,
      ),
      ...outdated.map(
        (file) => `The starter of ${file} was updated; yours stays. reset (x) brings the new one.`,
      ),
    ];
  }

  /**
   * Grades the learner's files. The seed of the last red comes first, so that the same case shows until it is mended;
   * then a fresh one.
   */
  async check(exercise: Exercise, seed?: number): Promise<Check> {
    const before = this.step(exercise);
    if (before.startedAt === undefined || !this.work.exists(exercise)) this.handOut(exercise);
    const hash = this.work.hash(exercise);
    const folder = this.work.of(exercise);
    const fresh = this.#options.nextSeed();
    const seeds = seed === undefined ? [...new Set([before.seed ?? fresh, fresh])] : [seed];
    const verdict = await this.#options.grader.grade({ exercise, folder, seeds });
    const step = this.#store.updateStep(exercise.slug, (step) =>
      this.#after(step, { exercise, verdict, hash }),
    );
    const isFirstGreen = verdict.green && before.greenAt === undefined;
    if (isFirstGreen) this.work.writePage(exercise, true);
    return {
      exercise,
      verdict,
      step,
      isTask: verdict.first !== undefined && exercise.red.includes(verdict.first.rule),
      revealed: step.attempts >= ATTEMPTS_BEFORE_NAMES || step.greenAt !== undefined,
      isFirstGreen,
    };
  }

  #after(
    step: StepProgress,
    { exercise, verdict, hash }: Pick<Check, "exercise" | "verdict"> & { readonly hash: string },
  ): StepProgress {
    const { seed: _, ...rest } = step;
    const { green, first } = verdict;
    if (green) return { ...rest, hash, greenAt: step.greenAt ?? this.#options.now().toISOString() };
    const isAttempt = hash !== step.hash && !this.work.isUntouched(exercise) && isVerdict(first);
    return {
      ...rest,
      hash,
      attempts: step.attempts + Number(isAttempt),
      ...(first?.seed !== undefined && { seed: first.seed }),
    };
  }

  /** Counts a hint as taken; hints come in order. */
  takeHint(exercise: Exercise, n: number): void {
    this.#store.updateStep(exercise.slug, (step) => ({ ...step, hints: Math.max(step.hints, n) }));
  }

  solution({
    folder,
    files,
  }: Exercise): readonly { readonly file: string; readonly text: string }[] {
    return files.map((file) => ({
      file,
      text: readFileSync(join(folder, "solution", file), "utf8"),
    }));
  }

  /** What plays the learner's files in the demo, beside the solution; `undefined` where there is nothing to play. */
  demoCommand({ slug, demo }: Exercise): string | undefined {
    if (!demo) return undefined;
    const { home } = this.#options;
    const where = resolve(home) === resolve(REPOSITORY) ? "" : ` --home ${JSON.stringify(home)}`;
    return `npm run demo -- --exercise ${slug}${where}`;
  }

  markSolutionSeen(exercise: Exercise): void {
    this.#store.updateStep(exercise.slug, (step) => ({ ...step, solutionSeen: true }));
  }

  /** @returns Where the files went; `undefined` when there were none. What was green stays green. */
  reset(exercise: Exercise): string | undefined {
    const backup = this.work.reset(exercise, this.#options.now());
    this.#store.updateStep(exercise.slug, ({ seed: _, hash: __, ...step }) => ({
      ...step,
      attempts: 0,
      starter: {},
    }));
    this.handOut(exercise);
    return backup;
  }
}

/** What does not compile says nothing about the idea behind it, and is no attempt. */
function isVerdict(first: RedReport | undefined): boolean {
  return (
    first?.kind !== "syntax" && !(first?.kind === "types" && first.rule === "The code compiles")
  );
}
