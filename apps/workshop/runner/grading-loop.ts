import type { Exercise } from "./catalog.ts";
import { watcherWorks } from "./doctor.ts";
import type { watchFolder } from "./watch.ts";
import type { Check, Workshop } from "./workshop.ts";

export interface GradingLoopOptions {
  readonly workshop: Workshop;
  readonly home: string;
  readonly poll: boolean;
  readonly watch: typeof watchFolder;
  /** Called when there is something new to show. */
  readonly onChange: () => void;
  /** Called with a line to show, before `onChange`. */
  readonly tell: (status: string) => void;
}

/** Several saves in a row are one change; milliseconds. */
export const SETTLE_MS = 60;

/** Grades an exercise whenever its files change: one grading at a time, and never a change left out. */
export class GradingLoop {
  readonly #options: GradingLoopOptions;
  #exercise: Exercise | undefined;
  #check: Check | undefined;
  #isGrading = false;
  #isDirty = false;
  #poll: boolean;
  /** One watcher after the other, so that none is left behind. */
  #watching: Promise<{ close(): Promise<void> } | undefined> = Promise.resolve(undefined);
  #trial: Promise<void> = Promise.resolve();
  readonly #closed = new AbortController();
  /** Of the files that were graded last, or are being graded. */
  #graded = "";
  #settle: NodeJS.Timeout | undefined;

  constructor(options: GradingLoopOptions) {
    this.#options = options;
    this.#poll = options.poll;
  }

  get isGrading(): boolean {
    return this.#isGrading;
  }

  /** What the last grading of the present exercise has found. */
  get check(): Check | undefined {
    return this.#check;
  }

  /** Finds out whether changes are reported here at all; if not, files are looked at now and then. */
  tryWatcher(): void {
    this.#trial = this.#tryWatcher();
  }

  /** Turns to an exercise, from now on. */
  async follow(exercise: Exercise): Promise<void> {
    this.#exercise = exercise;
    this.#check = undefined;
    this.#watch(exercise);
    await this.grade();
  }

  /** Grades now, or once more after the grading that is under way. */
  async grade(seed?: number): Promise<void> {
    const exercise = this.#exercise;
    if (!exercise) return;
    if (this.#isGrading) {
      this.#isDirty = true;
      return;
    }
    const { workshop, onChange, tell } = this.#options;
    this.#isGrading = true;
    onChange();
    this.#graded = workshop.work.hash(exercise);
    try {
      const check = await workshop.check(exercise, seed);
      if (exercise === this.#exercise) this.#check = check;
    } catch (error) {
      tell(`The grader failed: ${String(error)}`);
    }
    this.#isGrading = false;
    if (this.#isDirty) {
      this.#isDirty = false;
      return this.grade();
    }
    onChange();
  }

  /** Stops watching; what is being graded comes to its end unseen. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#settle);
    await this.#trial;
    await (await this.#watching)?.close();
  }

  async #tryWatcher(): Promise<void> {
    const { home, tell, onChange } = this.#options;
    const { signal } = this.#closed;
    if (this.#poll) return;
    const works = await watcherWorks({ home, poll: false }, signal).catch(() => true); // nothing was found out
    if (works) return;
    this.#poll = true;
    tell("This folder reports no changes, so it is polled (--poll).");
    if (this.#exercise) this.#watch(this.#exercise);
    onChange();
  }

  #watch(exercise: Exercise): void {
    const { workshop, watch } = this.#options;
    const folder = workshop.work.of(exercise);
    this.#watching = this.#watching.then(async (before) => {
      await before?.close();
      if (this.#closed.signal.aborted) return undefined;
      const watching = await watch(folder, {
        poll: this.#poll,
        onChange: () => this.#changed(exercise),
      });
      this.#changed(exercise); // what was saved before anybody watched counts too
      return watching;
    });
  }

  #changed(exercise: Exercise): void {
    clearTimeout(this.#settle);
    if (this.#closed.signal.aborted) return;
    this.#settle = setTimeout(() => {
      if (exercise !== this.#exercise) return;
      if (this.#options.workshop.work.hash(exercise) !== this.#graded) void this.grade();
    }, SETTLE_MS);
  }
}
