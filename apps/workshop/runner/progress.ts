import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What is kept of one step. */
export interface StepProgress {
  /** ISO times. */
  readonly startedAt?: string;
  readonly greenAt?: string;
  /** Red checks of code that had changed since the check before. */
  readonly attempts: number;
  /** How many hints were taken; 0 to 3. */
  readonly hints: number;
  /** The seed of the last red, while it is red. */
  readonly seed?: number;
  /** Of the learner's files at the last check. */
  readonly hash?: string;
  /** Of each starter file as it was handed out: tells an update of the exercise from an edit. */
  readonly starter: Readonly<Record<string, string>>;
  readonly solutionSeen?: boolean;
}

export interface Progress {
  /** The step to resume. */
  readonly current?: string;
  /** By slug. Steps that the course no longer has stay, and count again when they come back. */
  readonly steps: Readonly<Record<string, StepProgress>>;
}

/** The progress, and what a learner should know about how it was read. */
export interface ReadProgress {
  readonly progress: Progress;
  readonly notice?: string;
}

export const SCHEMA = 1;

export const UNTOUCHED: StepProgress = { attempts: 0, hints: 0, starter: {} };

/**
 * Keeps progress in a file: written whole and renamed, so that a crash leaves the old or the new one; under a lock, so
 * that two runners lose nothing; read leniently, so that no state of the file stops anybody.
 */
export class ProgressStore {
  readonly #file: string;
  readonly #now: () => Date;
  /** As it was read or written last: goes on when somebody breaks the file under a runner. */
  #known: Progress = { steps: {} };

  constructor(folder: string, now: () => Date) {
    this.#file = join(folder, "progress.json");
    this.#now = now;
  }

  read(): ReadProgress {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch {
      return { progress: { steps: {} } };
    }
    let given: unknown;
    try {
      given = JSON.parse(text);
    } catch {
      return this.#unreadable("is not JSON");
    }
    if (!isRecord(given)) return this.#unreadable("holds no progress");
    const schema = given["schema"] ?? 0;
    if (typeof schema !== "number" || !Number.isInteger(schema) || schema < 0) {
      return this.#unreadable("has no schema that we know");
    }
    if (schema <= SCHEMA) return { progress: (this.#known = progressOf(upgrade(given, schema))) };
    const aside = this.#aside(`schema-${schema}`);
    if (!existsSync(aside)) copyFileSync(this.#file, aside);
    const notice = `Your progress was written by a newer workshop; what this one understands counts. The original is in ${aside}.`;
    return { progress: progressOf(given), notice };
  }

  /** Reads, changes and writes as one step; of two runners, each sees what the other has written. */
  update(change: (progress: Progress) => Progress): Progress {
    mkdirSync(dirname(this.#file), { recursive: true });
    return this.#locked(() => {
      const changed = change(this.read().progress);
      const temporary = `${this.#file}.${process.pid}.tmp`;
      writeFileSync(temporary, `${JSON.stringify({ schema: SCHEMA, ...changed }, null, 2)}\n`);
      renameSync(temporary, this.#file);
      return (this.#known = changed);
    });
  }

  updateStep(slug: string, change: (step: StepProgress) => StepProgress): StepProgress {
    const { steps } = this.update((progress) => ({
      ...progress,
      steps: { ...progress.steps, [slug]: change(progress.steps[slug] ?? UNTOUCHED) },
    }));
    return steps[slug] ?? UNTOUCHED;
  }

  #unreadable(what: string): ReadProgress {
    const aside = this.#aside(`broken-${this.#now().toISOString().replaceAll(/[:.]/g, "-")}`);
    try {
      renameSync(this.#file, aside);
    } catch {
      return { progress: this.#known }; // another runner was faster
    }
    const notice = `progress.json ${what}; it was kept as ${aside}. Your files in work/ are untouched: check --all finds out which steps are green.`;
    return { progress: this.#known, notice };
  }

  #aside(what: string): string {
    return this.#file.replace(/\.json$/, `.${what}.json`);
  }

  #locked<T>(act: () => T): T {
    const lock = `${this.#file}.lock`;
    for (;;) {
      try {
        mkdirSync(lock);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        if (isStale(lock)) rmSync(lock, { recursive: true, force: true });
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
    }
    try {
      return act();
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

/** A write takes a millisecond; whoever holds the lock for seconds has crashed. */
function isStale(lock: string): boolean {
  try {
    return Date.now() - statSync(lock).mtimeMs > 5_000; // file times are wall-clock times
  } catch {
    return false;
  }
}

/** Turns an older file into one of today, one schema after the other. */
function upgrade(given: Record<string, unknown>, schema: number): Record<string, unknown> {
  return UPGRADES.slice(schema).reduce((file, step) => step(file), given);
}

const UPGRADES: readonly ((file: Record<string, unknown>) => Record<string, unknown>)[] = [
  // 0, before files had a schema: a list of the green steps.
  ({ current, done }) => ({
    current,
    steps: Object.fromEntries(
      (Array.isArray(done) ? done : [])
        .filter((slug) => typeof slug === "string")
        .map((slug) => [slug, { ...UNTOUCHED, greenAt: new Date(0).toISOString() }]),
    ),
  }),
];

function progressOf(given: Record<string, unknown>): Progress {
  const { current, steps } = given;
  return {
    ...(typeof current === "string" && { current }),
    steps: Object.fromEntries(
      Object.entries(isRecord(steps) ? steps : {})
        .filter(([, step]) => isRecord(step))
        .map(([slug, step]) => [slug, stepOf(step as Record<string, unknown>)]), // filtered above
    ),
  };
}

function stepOf(given: Record<string, unknown>): StepProgress {
  const { startedAt, greenAt, attempts, hints, seed, hash, starter, solutionSeen } = given;
  return {
    ...(typeof startedAt === "string" && { startedAt }),
    ...(typeof greenAt === "string" && { greenAt }),
    attempts: countOf(attempts),
    hints: Math.min(3, countOf(hints)),
    ...(typeof seed === "number" && Number.isInteger(seed) && { seed }),
    ...(typeof hash === "string" && { hash }),
    starter: Object.fromEntries(
      Object.entries(isRecord(starter) ? starter : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    ),
    ...(solutionSeen === true && { solutionSeen }),
  };
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
