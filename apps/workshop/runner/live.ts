import { relative } from "node:path";
import type { Exercise } from "./catalog.ts";
import { isStarred } from "./catalog.ts";
import { basics, watcherWorks } from "./doctor.ts";
import { award, endPage, missingText, standingOf } from "./ending.ts";
import { openInEditor } from "./editor.ts";
import { keysOf, typed } from "./keys.ts";
import { hint, readme } from "./pages.ts";
import type { Look } from "./render.ts";
import {
  checkLines,
  demoLines,
  headline,
  listRows,
  matrixLines,
  ruleLines,
  titleOf,
} from "./render.ts";
import type { Surroundings } from "./run-workshop.ts";
import { Screen } from "./screen.ts";
import { layOut, paintDiff } from "./text.ts";
import { watchFolder } from "./watch.ts";
import type { Check, Workshop } from "./workshop.ts";

export interface LiveOptions {
  readonly workshop: Workshop;
  readonly exercise: Exercise;
  readonly surroundings: Surroundings;
  readonly home: string;
  readonly poll: boolean;
  readonly colors: Look["colors"];
  /** Default: the files themselves. */
  readonly watch?: typeof watchFolder;
}

/** Something that lies over the screen until a key takes it away. */
type Overlay =
  | {
      readonly kind: "text";
      readonly title: string;
      readonly lines: (look: Look) => readonly string[];
      scroll: number;
    }
  | { readonly kind: "list"; index: number }
  | { readonly kind: "question"; readonly text: string; readonly yes: () => void }
  | {
      readonly kind: "input";
      readonly text: string;
      value: string;
      readonly done: (value: string) => void;
    };

/** Several saves in a row are one change; milliseconds. */
export const SETTLE_MS = 60;

/**
 * Runs the live screen until somebody quits: grades when a file changes, and never moves to another step by itself.
 *
 * @returns The exit code.
 */
export async function runLive(options: LiveOptions): Promise<0 | 1> {
  const { stdout, stderr } = options.surroundings;
  const trouble = basics(options.home).filter(({ ok }) => !ok);
  if (trouble.length > 0) {
    for (const { name, text } of trouble) stderr.write(`✗ ${name}: ${text}\n`);
    return 1;
  }
  const live = new Live(options);
  try {
    await live.run();
  } finally {
    await live.close();
  }
  const { green, total } = options.workshop.count();
  stdout.write(`${green} of ${total} steps are green. npm run workshop goes on here.\n`);
  return 0;
}

class Live {
  readonly #options: LiveOptions;
  readonly #workshop: Workshop;
  readonly #screen: Screen;
  #exercise: Exercise;
  #check: Check | undefined;
  #overlay: Overlay | undefined;
  /** One line that the next key takes away. */
  #status = "";
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
  #quit: () => void = () => {};

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#workshop = options.workshop;
    this.#exercise = options.exercise;
    this.#poll = options.poll;
    this.#screen = new Screen(options.surroundings.stdout);
    this.#status = options.workshop.notice ?? "";
  }

  async run(): Promise<void> {
    const { stdin, stdout } = this.#options.surroundings;
    const ended = new Promise<void>((resolve) => (this.#quit = resolve));
    stdin.setEncoding("utf8");
    stdin.on("data", this.#onInput);
    stdin.on("end", this.#quit);
    stdout.on("resize", this.#draw);
    this.#listen(true);
    this.#screen.open();
    this.#trial = this.#tryWatcher();
    void this.#go(this.#exercise);
    await ended;
  }

  async close(): Promise<void> {
    const { stdin, stdout } = this.#options.surroundings;
    this.#closed.abort();
    clearTimeout(this.#settle);
    stdin.off("data", this.#onInput);
    stdin.off("end", this.#quit);
    stdout.off("resize", this.#draw);
    this.#listen(false);
    this.#screen.close();
    await this.#trial;
    await (await this.#watching)?.close();
  }

  #listen(on: boolean): void {
    const { stdin } = this.#options.surroundings;
    stdin.setRawMode?.(on);
    if (on) stdin.resume();
    else stdin.pause();
  }

  /** Some file systems report no changes; then files are looked at now and then. */
  async #tryWatcher(): Promise<void> {
    const { home } = this.#options;
    const { signal } = this.#closed;
    if (this.#poll) return;
    const works = await watcherWorks({ home, poll: false }, signal).catch(() => true); // nothing was found out
    if (works) return;
    this.#poll = true;
    this.#status = "This folder reports no changes, so it is polled (--poll).";
    this.#watch();
    this.#draw();
  }

  #watch(): void {
    const folder = this.#workshop.work.of(this.#exercise);
    this.#watching = this.#watching.then(async (before) => {
      await before?.close();
      if (this.#closed.signal.aborted) return undefined;
      const poll = this.#poll;
      const { watch = watchFolder } = this.#options;
      const watching = await watch(folder, { poll, onChange: () => this.#changed() });
      this.#changed(); // what was saved before anybody watched counts too
      return watching;
    });
  }

  #changed(): void {
    clearTimeout(this.#settle);
    if (this.#closed.signal.aborted) return;
    this.#settle = setTimeout(() => {
      if (this.#workshop.work.hash(this.#exercise) !== this.#graded) void this.#grade();
    }, SETTLE_MS);
  }

  async #go(exercise: Exercise): Promise<void> {
    const isNew = this.#workshop.step(exercise).startedAt === undefined;
    this.#exercise = exercise;
    this.#check = undefined;
    this.#overlay = undefined;
    const news = this.#workshop.start(exercise);
    if (news.length > 0) this.#status = news.join(" ");
    if (isNew) this.#showPage();
    this.#watch();
    await this.#grade();
  }

  async #grade(seed?: number): Promise<void> {
    if (this.#isGrading) {
      this.#isDirty = true;
      return;
    }
    this.#isGrading = true;
    this.#draw();
    const exercise = this.#exercise;
    this.#graded = this.#workshop.work.hash(exercise);
    try {
      const check = await this.#workshop.check(exercise, seed);
      if (exercise === this.#exercise) this.#check = check;
    } catch (error) {
      this.#status = `The grader failed: ${String(error)}`;
    }
    this.#isGrading = false;
    if (this.#isDirty) {
      this.#isDirty = false;
      return this.#grade();
    }
    this.#draw();
  }

  readonly #onInput = (input: string | Buffer): void => {
    for (const key of keysOf(String(input))) {
      if (key === "quit" || (key === "q" && !this.#overlay)) return this.#quit();
      const overlay = this.#overlay;
      if (this.#isGrading && overlay?.kind !== "text" && overlay?.kind !== "input") continue;
      this.#status = "";
      const isDone = overlay && this.#pressInOverlay(overlay, key);
      if (!isDone && this.#isGrading) this.#overlay = overlay;
      else if (!isDone) this.#press(key);
      this.#draw();
    }
  };

  /** @returns Whether the key was meant for the overlay. */
  #pressInOverlay(overlay: Overlay, key: string): boolean {
    this.#overlay = undefined;
    if (overlay.kind === "question") {
      if (key === "y") overlay.yes();
      return true;
    }
    if (overlay.kind === "input") {
      if (key === "enter") overlay.done(overlay.value);
      else if (key !== "escape") this.#overlay = { ...overlay, value: typed(overlay.value, key) };
      return true;
    }
    if (key === "back" || key === "escape" || key === "q") return true;
    const page = Math.max(1, this.#screen.height - 5);
    const steps: Readonly<Record<string, number>> = {
      ...STEPS,
      "page up": -page,
      "page down": page,
      space: page,
    };
    const step = steps[key];
    if (overlay.kind === "list") {
      const { catalog } = this.#workshop;
      const chosen = catalog[overlay.index];
      if (key === "enter" && chosen) void this.#go(chosen);
      else if (step === undefined) return false;
      else {
        this.#overlay = overlay;
        overlay.index = Math.min(catalog.length - 1, Math.max(0, overlay.index + step));
      }
      return true;
    }
    if (key === "enter") return true;
    if (step === undefined) return false;
    this.#overlay = overlay;
    overlay.scroll = Math.max(0, overlay.scroll + step);
    return true;
  }

  #press(key: string): void {
    const exercise = this.#exercise;
    const workshop = this.#workshop;
    switch (key) {
      case "r":
        return void this.#grade();
      case "n":
      case "p": {
        const next = workshop.neighbour(exercise, key === "n" ? 1 : -1);
        if (next !== exercise) return void this.#go(next);
        if (key === "n" && this.#isOver()) return this.#showEnd();
        this.#status = key === "n" ? "This is the last step." : "This is the first step.";
        return;
      }
      case "h":
        return this.#showHints();
      case "d":
        return this.#showText("From yours (-) to the solution (+)", ({ colors }) => {
          const patch = workshop.work.diff(exercise);
          return patch === "" ? ["There is no difference."] : paintDiff(patch, colors);
        });
      case "s":
        return this.#askForSolution();
      case "m":
        return this.#showCheck("Mutants", matrixLines);
      case "t":
        return this.#showCheck("All rules", ruleLines);
      case "g":
        return this.#replay();
      case "c":
        return this.#askForName();
      case "e":
        return void this.#edit();
      case "l":
        this.#overlay = { kind: "list", index: workshop.catalog.indexOf(exercise) };
        return;
      case "x": {
        const backup = workshop.reset(exercise);
        this.#status = `The starter is back${backup === undefined ? "" : `; yours: ${backup}`}.`;
        return void this.#grade();
      }
      case "?":
        return this.#showPage(true);
      default:
        return;
    }
  }

  #replay(): void {
    const seed = this.#check?.verdict.first?.seed;
    if (seed === undefined) {
      this.#status = "There is no seed to replay.";
      return;
    }
    this.#status = `Replayed seed ${seed}.`;
    void this.#grade(seed);
  }

  #showHints(): void {
    const exercise = this.#exercise;
    const taken = Math.min(3, this.#workshop.step(exercise).hints + 1);
    this.#workshop.takeHint(exercise, taken);
    const more = taken < 3 ? `h: hint ${taken + 1}` : "That was the last.";
    this.#showText(`Hints ${taken}/3 · ${more}`, ({ width, colors }) =>
      Array.from({ length: taken }, (_, index) => [
        ...(index > 0 ? [""] : []),
        colors.bold(`${index + 1}`),
        ...layOut(hint(exercise, index + 1), width, colors),
      ]).flat(),
    );
  }

  #askForSolution(): void {
    const exercise = this.#exercise;
    const yes = (): void => {
      this.#workshop.markSolutionSeen(exercise);
      this.#showText("The solution", ({ colors }) =>
        this.#workshop
          .solution(exercise)
          .flatMap(({ file, text }) => [colors.bold(file), ...text.trimEnd().split("\n"), ""]),
      );
    };
    if (this.#workshop.isGreen(exercise)) return yes();
    const text = "You are not green yet. See the solution? y: yes · any other key: no";
    this.#overlay = { kind: "question", text, yes };
  }

  #isOver(): boolean {
    return standingOf(this.#workshop).missing.length === 0;
  }

  #showEnd(): void {
    this.#showText("The end", ({ width, colors }) =>
      layOut(endPage(this.#workshop), width, colors),
    );
  }

  #askForName(): void {
    const standing = standingOf(this.#workshop);
    if (!standing.earned) {
      this.#status = `${missingText(standing, titleOf)}.`;
      return;
    }
    const { now = () => new Date() } = this.#options.surroundings;
    const done = (name: string): void => {
      try {
        const { file } = award(this.#workshop, { name, now: now() });
        this.#status = `Your certificate: ${relative(this.#options.home, file)}`;
      } catch (error) {
        this.#status = error instanceof Error ? error.message : String(error); // a full disk, no rights
      }
    };
    this.#overlay = { kind: "input", text: "Whom is the certificate for? ", value: "", done };
  }

  #showPage(withKeys = false): void {
    const exercise = this.#exercise;
    this.#showText(titleOf(exercise), ({ width, colors }) => {
      const parts = this.#workshop.isGreen(exercise) ? "all" : "before green";
      const [, ...page] = layOut(readme(exercise, parts), width, colors);
      return [...(withKeys ? [...KEYS, ""] : []), ...page.slice(page[0] === "" ? 1 : 0)];
    });
  }

  #showCheck(title: string, lines: (check: Check, look: Look) => readonly string[]): void {
    const check = this.#check;
    if (check) this.#showText(title, (look) => lines(check, look));
  }

  #showText(title: string, lines: (look: Look) => readonly string[]): void {
    this.#overlay = { kind: "text", title, lines, scroll: 0 };
  }

  async #edit(): Promise<void> {
    const { env } = this.#options.surroundings;
    const { file = this.#exercise.files[0] ?? "", line = 1 } =
      this.#check?.verdict.first?.place ?? {};
    this.#screen.close();
    this.#listen(false);
    const problem = await openInEditor({
      env,
      folder: this.#workshop.work.of(this.#exercise),
      file,
      line,
    });
    this.#listen(true);
    this.#screen.open();
    this.#status = problem ?? "";
    this.#draw();
  }

  readonly #draw = (): void => {
    const look: Look = {
      width: Math.min(120, this.#screen.width),
      colors: this.#options.colors,
      replay: (seed) => `replay: g (seed ${seed})`,
    };
    this.#screen.draw(
      this.#overlay?.kind === "text" ? this.#textFrame(this.#overlay, look) : this.#frame(look),
    );
  };

  #frame(look: Look): string[] {
    const { colors } = look;
    const head = headline(this.#exercise, this.#workshop, look);
    const lines = [this.#withProgress(head, look)];
    const overlay = this.#overlay;
    if (overlay?.kind === "list") {
      lines.push("", ...listRows(this.#workshop, overlay.index, look), "");
      lines.push(colors.dim("↑↓ choose · enter go · esc back"));
      return lines;
    }
    const foot = [
      ...(this.#status === "" ? [] : [colors.yellow(this.#status)]),
      this.#prompt(look) ?? colors.dim(this.#keys()),
    ];
    const body = this.#check ? this.#bodyOf(this.#check, look) : [];
    const room = Math.max(1, this.#screen.height - lines.length - foot.length);
    return [...lines, ...body.slice(0, room), ...foot];
  }

  #withProgress(title: string, { colors }: Look): string {
    return this.#isGrading ? `${title} · ${colors.yellow("checking…")}` : title;
  }

  #bodyOf(check: Check, look: Look): string[] {
    const { output, green } = check.verdict;
    const written = output.trimEnd().split("\n").slice(-5);
    return [
      ...checkLines(check, look),
      ...(output === "" ? [] : ["", look.colors.dim("your code wrote:"), ...written]),
      ...(green ? demoLines(check.exercise, this.#workshop, look) : []),
      ...(green
        ? ["", ...layOut(readme(check.exercise, "after green"), look.width, look.colors), ""]
        : []),
    ];
  }

  #prompt({ colors }: Look): string | undefined {
    const overlay = this.#overlay;
    if (overlay?.kind === "question") return colors.yellow(overlay.text);
    if (overlay?.kind === "input") return `${colors.yellow(overlay.text)}${overlay.value}▏`;
    return undefined;
  }

  /** The keys that are of use now. */
  #keys(): string {
    const exercise = this.#exercise;
    const mutants = isStarred(exercise) ? ["m mutants"] : [];
    if (this.#check?.verdict.green) {
      const isLast = this.#workshop.neighbour(exercise, 1) === exercise;
      const next = isLast ? (this.#isOver() ? ["n the end"] : []) : ["n next step"];
      const prize = standingOf(this.#workshop).earned ? ["c certificate"] : [];
      return [...next, ...prize, "d diff", ...mutants, "l list", "? more", "q quit"].join(" · ");
    }
    const { hints } = this.#workshop.step(exercise);
    return [`h hint ${hints}/3`, "d diff", ...mutants, "l list", "? more"].join(" · ");
  }

  #textFrame(overlay: Extract<Overlay, { kind: "text" }>, look: Look): string[] {
    const { colors } = look;
    const all = overlay.lines(look);
    const room = Math.max(1, this.#screen.height - 4);
    overlay.scroll = Math.min(overlay.scroll, Math.max(0, all.length - room));
    const shown = all.slice(overlay.scroll, overlay.scroll + room);
    const below = all.length - overlay.scroll - shown.length;
    const foot = below > 0 ? `↓ ${below} more lines, space scrolls · enter back` : "enter back";
    const title = this.#withProgress(colors.bold(overlay.title), look);
    return [title, "", ...shown, "", colors.dim(foot)];
  }
}

const STEPS = { up: -1, k: -1, down: 1, j: 1 };

const KEYS = [
  "r run        n next       p previous   l list",
  "h hint       d diff       s solution   m mutants",
  "t all rules  g replay     e editor     x reset (keeps a backup)",
  "? this page  q quit       c certificate",
];
