import { relative } from "node:path";
import type { Exercise } from "./catalog.ts";
import { basics } from "./doctor.ts";
import { award, endPage, missingText, standingOf } from "./ending.ts";
import { openInEditor } from "./editor.ts";
import { GradingLoop } from "./grading-loop.ts";
import { keysOf } from "./keys.ts";
import type { LiveView } from "./live-frame.ts";
import { frameOf } from "./live-frame.ts";
import type { Overlay } from "./overlay.ts";
import { press } from "./overlay.ts";
import { hint, readme } from "./pages.ts";
import type { Look } from "./render.ts";
import { matrixLines, ruleLines, titleOf } from "./render.ts";
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
  readonly #grading: GradingLoop;
  #exercise: Exercise;
  #overlay: Overlay | undefined;
  /** One line that the next key takes away. */
  #status = "";
  #quit: () => void = () => {};

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#workshop = options.workshop;
    this.#exercise = options.exercise;
    this.#screen = new Screen(options.surroundings.stdout);
    const { workshop, home, poll, watch = watchFolder } = options;
    this.#grading = new GradingLoop({
      ...{ workshop, home, poll, watch },
      onChange: () => this.#draw(),
      tell: (status) => (this.#status = status),
    });
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
    this.#grading.tryWatcher();
    void this.#go(this.#exercise);
    await ended;
  }

  async close(): Promise<void> {
    const { stdin, stdout } = this.#options.surroundings;
    stdin.off("data", this.#onInput);
    stdin.off("end", this.#quit);
    stdout.off("resize", this.#draw);
    this.#listen(false);
    this.#screen.close();
    await this.#grading.close();
  }

  #listen(on: boolean): void {
    const { stdin } = this.#options.surroundings;
    stdin.setRawMode?.(on);
    if (on) stdin.resume();
    else stdin.pause();
  }

  async #go(exercise: Exercise): Promise<void> {
    const isNew = this.#workshop.step(exercise).startedAt === undefined;
    this.#exercise = exercise;
    this.#overlay = undefined;
    const news = this.#workshop.start(exercise);
    if (news.length > 0) this.#status = news.join(" ");
    if (isNew) this.#showPage();
    await this.#grading.follow(exercise);
  }

  readonly #onInput = (input: string | Buffer): void => {
    for (const key of keysOf(String(input))) {
      if (key === "quit" || (key === "q" && !this.#overlay)) return this.#quit();
      const overlay = this.#overlay;
      const { isGrading } = this.#grading;
      if (isGrading && overlay?.kind !== "text" && overlay?.kind !== "input") continue;
      this.#status = "";
      const isTaken = overlay && this.#pressInOverlay(overlay, key);
      if (!isTaken && isGrading) this.#overlay = overlay;
      else if (!isTaken) this.#press(key);
      this.#draw();
    }
  };

  /** @returns Whether the key was meant for the overlay. */
  #pressInOverlay(overlay: Overlay, key: string): boolean {
    const { catalog } = this.#workshop;
    this.#overlay = undefined;
    const { isTaken, overlay: next } = press(overlay, key, {
      page: Math.max(1, this.#screen.height - 5),
      rows: catalog.length,
      choose: (index) => {
        const chosen = catalog[index];
        if (chosen) void this.#go(chosen);
      },
    });
    if (next) this.#overlay = next;
    return isTaken;
  }

  #press(key: string): void {
    const exercise = this.#exercise;
    const workshop = this.#workshop;
    switch (key) {
      case "r":
        return void this.#grading.grade();
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
        return void this.#grading.grade();
      }
      case "?":
        return this.#showPage(true);
      default:
        return;
    }
  }

  #replay(): void {
    const seed = this.#grading.check?.verdict.first?.seed;
    if (seed === undefined) {
      this.#status = "There is no seed to replay.";
      return;
    }
    this.#status = `Replayed seed ${seed}.`;
    void this.#grading.grade(seed);
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
    const { check } = this.#grading;
    if (check) this.#showText(title, (look) => lines(check, look));
  }

  #showText(title: string, lines: (look: Look) => readonly string[]): void {
    this.#overlay = { kind: "text", title, lines, scroll: 0 };
  }

  async #edit(): Promise<void> {
    const { env } = this.#options.surroundings;
    const { file = this.#exercise.files[0] ?? "", line = 1 } =
      this.#grading.check?.verdict.first?.place ?? {};
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
    const { check, isGrading } = this.#grading;
    const view: LiveView = {
      ...{ workshop: this.#workshop, exercise: this.#exercise, check, isGrading },
      ...{ overlay: this.#overlay, status: this.#status },
    };
    this.#screen.draw(frameOf(view, look, this.#screen.height));
  };
}

const KEYS = [
  "r run        n next       p previous   l list",
  "h hint       d diff       s solution   m mutants",
  "t all rules  g replay     e editor     x reset (keeps a backup)",
  "? this page  q quit       c certificate",
];
