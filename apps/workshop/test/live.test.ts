import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCatalog } from "../runner/catalog.ts";
import type { Exercise } from "../runner/catalog.ts";
import type { Verdict } from "../runner/grader.ts";
import { SETTLE_MS } from "../runner/grading-loop.ts";
import { runLive } from "../runner/live.ts";
import { runWorkshop } from "../runner/run-workshop.ts";
import { colorsOf } from "../runner/text.ts";
import { Workshop } from "../runner/workshop.ts";
import { PILOTS, copyOfExercises, edit, solve, temporaryFolder } from "./home.ts";
import { FakeTerminal } from "./terminal.ts";

const RED: Verdict = {
  green: false,
  rules: [
    {
      rule: "The wire changes nothing",
      red: {
        rule: "The wire changes nothing",
        kind: "rule",
        given: "HoldSeat → JSON",
        observed: "a text",
        expected: "a Date",
        why: "JSON",
        seed: 5,
        place: { file: "messages.ts", line: 5 },
      },
    },
  ],
  first: undefined,
  matrix: undefined,
  output: "",
};
const red: Verdict = { ...RED, first: RED.rules[0]?.red };
const green: Verdict = {
  green: true,
  rules: [{ rule: "It holds" }],
  first: undefined,
  matrix: undefined,
  output: "",
};

describe("the live screen, graded for real", () => {
  it("leads through a step: page, red, hints, save, green, next", async () => {
    const home = temporaryFolder();
    const terminal = new FakeTerminal();
    const ended = start(home, terminal);
    expect(await terminal.shows("Goal")).toContain("Make commands and queries plain data");
    await terminal.shows("enter back");
    await untilGraded(terminal);
    await terminal.press("\r");
    const first = await terminal.shows("✗ The wire changes nothing (expected red: your task)");
    expect(first).toContain("work/messages/messages.ts:5");
    expect(first).toContain("h hint 0/3 · d diff · l list · ? more");
    await terminal.press("h");
    expect(terminal.frame).toContain("Hints 1/3");
    await terminal.press("h", "\u001B");
    expect(terminal.frame).toContain("h hint 2/3");

    solve(home, "messages");
    const solved = await terminal.shows("✓ All 5 rules hold");
    expect(solved).toContain("Trap");
    expect(solved).toContain("n next step");
    await terminal.press("n");
    await terminal.shows("Command bus");
    await untilGraded(terminal);
    await terminal.press("\r");
    expect(await terminal.shows("✗ Every command reaches")).toContain("2 Command bus");
    await terminal.press("q");
    expect(await ended).toBe(0);
    expect(terminal.written).toContain("1 of 4 steps are green.");
  });
});

describe("the live screen", () => {
  it("says checking at once, and ignores keys until it is graded", async () => {
    const { terminal, grades, ended } = play();
    await grades.isAsked(1);
    await terminal.press("\r");
    expect(terminal.frame).toContain("checking…");
    await terminal.press("l", "s", "n", "x", "h", "?");
    expect(terminal.frame).toContain("checking…");
    grades.settle(red);
    const frame = await terminal.shows("✗ The wire changes nothing");
    expect(frame).not.toContain("checking…");
    expect(grades.asked).toHaveLength(1);
    await quit(terminal, ended);
  });

  it("lets nobody act from behind a page or a list while it is grading", async () => {
    const { terminal, grades, save, ended } = play();
    await grades.isAsked(1);
    await terminal.press("n", "x", "s", "l");
    expect(terminal.frame).toContain("1 Messages · checking…");
    await graded(terminal, grades, red);
    await terminal.press("l", "j");
    save();
    await grades.isAsked(2);
    await terminal.press("\r");
    expect(terminal.frame).toContain("checking…");
    expect(terminal.frame).toContain(">   ●  2 Command bus");
    await graded(terminal, grades, red);
    expect(grades.asked.map(({ exercise }) => exercise.slug)).toEqual(["messages", "messages"]);
    await quit(terminal, ended);
  });

  it("quits also while it is grading", async () => {
    const { terminal, ended } = play();
    await terminal.press("\u0003");
    expect(await ended).toBe(0);
  });

  it("never moves to another step by itself", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, green);
    expect(await terminal.shows("1/4")).toContain("1 Messages");
    expect(grades.asked).toHaveLength(1);
    await quit(terminal, ended);
  });

  it("grades again on r and replays the seed of a red on g", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, red);
    await terminal.press("r");
    await graded(terminal, grades, red);
    await terminal.press("g");
    grades.settle(red);
    await terminal.shows("Replayed seed 5.");
    expect(grades.asked.map(({ seeds }) => seeds)).toEqual([[812], [5, 812], [5]]);
    await quit(terminal, ended);
  });

  it("grades once more when a file changed while it was grading", async () => {
    const { terminal, grades, save, ended } = play();
    await graded(terminal, grades, red);
    await terminal.press("r");
    await grades.isAsked(2);
    save();
    await new Promise((resolve) => setTimeout(resolve, 2 * SETTLE_MS));
    grades.settle(red);
    await grades.isAsked(3);
    grades.settle(green);
    expect(await terminal.shows("✓ The rule holds")).toContain("1/4");
    await quit(terminal, ended);
  });

  it("does not grade again when a file was saved as it was", async () => {
    const { terminal, grades, touch, ended } = play();
    await graded(terminal, grades, red);
    touch();
    await new Promise((resolve) => setTimeout(resolve, 2 * SETTLE_MS));
    expect(grades.asked).toHaveLength(1);
    await quit(terminal, ended);
  });

  it("asks before the solution, and shows it on y alone", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, red);
    await terminal.press("s");
    expect(terminal.frame).toContain("You are not green yet.");
    await terminal.press("n");
    expect(terminal.frame).toContain("1 Messages");
    expect(terminal.frame).not.toContain("HoldSeat = command");
    await terminal.press("s", "y");
    expect(terminal.frame).toContain("HoldSeat = command");
    await quit(terminal, ended);
  });

  it("chooses from the list", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, red);
    await terminal.press("l", "j", "\u001B[B", "k", "j");
    expect(terminal.frame).toContain(">   ●  3 Properties of routing ★");
    await terminal.press("\r");
    await terminal.shows("3 Properties of routing ★");
    await graded(terminal, grades, red);
    await terminal.press("\r", "p");
    await terminal.shows("2 Command bus");
    await graded(terminal, grades, red);
    await quit(terminal, ended);
  });

  it("stays at the ends of the course", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, red);
    await terminal.press("p");
    expect(terminal.frame).toContain("This is the first step.");
    expect(grades.asked).toHaveLength(1);
    await quit(terminal, ended);
  });

  it("resets with a backup and grades the starter", async () => {
    const { terminal, grades, save, ended } = play();
    await graded(terminal, grades, red);
    save();
    await grades.isAsked(2);
    await graded(terminal, grades, red);
    await terminal.press("x");
    await grades.isAsked(3);
    await graded(terminal, grades, red);
    expect(terminal.frame).toContain("The starter is back; yours:");
    await quit(terminal, ended);
  });

  it("says what to do when there is no editor", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, red);
    await terminal.press("e");
    expect(await terminal.shows("Set EDITOR")).toContain("1 Messages");
    await quit(terminal, ended);
  });

  it("scrolls what is longer than the screen", async () => {
    const { terminal, grades, ended } = play({ rows: 12 });
    await graded(terminal, grades, red);
    await terminal.press("?");
    expect(terminal.frame).toContain("r run");
    const before = terminal.frame;
    await terminal.press(" ");
    expect(terminal.frame).not.toBe(before);
    await terminal.press("\u001B[5~");
    expect(terminal.frame).toBe(before);
    await quit(terminal, ended);
  });

  it("gives the terminal back as it was", async () => {
    const { terminal, grades, ended } = play();
    await graded(terminal, grades, red);
    expect(terminal.rawMode).toBe(true);
    await quit(terminal, ended);
    expect(terminal.rawMode).toBe(false);
    const enter = terminal.written.indexOf("\u001B[?1049h");
    const leave = terminal.written.lastIndexOf("\u001B[?1049l");
    expect(enter).toBeGreaterThanOrEqual(0);
    expect(leave).toBeGreaterThan(enter);
  });

  it.each([80, 120])("fits into %i columns, whatever is shown", async (columns) => {
    const { terminal, grades, ended } = play({ columns });
    await graded(terminal, grades, red);
    for (let step = 0; step < 4; step++) {
      await terminal.press("h", "d", "t", "m", "?", "l", "\u001B", "s", "y", "q", "n");
      await graded(terminal, grades, red);
    }
    const lines = terminal.frames.flatMap((frame) => frame.split("\n"));
    expect(lines.length).toBeGreaterThan(500);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    await quit(terminal, ended);
  });
});

/** Runs the whole program at a fake terminal. */
function start(home: string, terminal: FakeTerminal): Promise<number> {
  return runWorkshop(["--home", home], {
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: terminal.stdout,
    env: { TERM: "xterm" },
    nextSeed: () => 812,
    exercises: copyOfExercises(...PILOTS),
  });
}

/** Runs the live screen with a grader whose answers the test gives. */
function play({ columns = 80, rows = 30 } = {}) {
  const home = temporaryFolder();
  const terminal = new FakeTerminal(columns, rows);
  const grades = new Grades();
  const catalog = readCatalog(copyOfExercises(...PILOTS));
  const workshop = new Workshop({
    home,
    catalog,
    grader: {
      grade: ({ exercise, seeds }) => grades.ask({ exercise, seeds }),
      gradeEach: async () => [],
      [Symbol.asyncDispose]: async () => {},
    },
    now: () => new Date(0),
    nextSeed: () => 812,
  });
  const watchers = new Set<() => void>();
  const touch = (): void => watchers.forEach((onChange) => onChange());
  const ended = runLive({
    workshop,
    watch: async (_, { onChange }) => {
      watchers.add(onChange);
      return { close: async () => void watchers.delete(onChange) };
    },
    exercise: workshop.current(),
    surroundings: {
      stdin: terminal.stdin,
      stdout: terminal.stdout,
      stderr: terminal.stdout,
      env: {},
    },
    home,
    poll: false,
    colors: colorsOf(true),
  });
  const save = (): void => {
    edit(join(home, "work/messages/messages.ts"), (text) => `${text}// saved\n`);
    touch();
  };
  return { terminal, grades, touch, save, ended };
}

interface Asked {
  readonly exercise: Exercise;
  readonly seeds: readonly number[];
}

/** Grades when the test says so. */
class Grades {
  readonly asked: Asked[] = [];
  readonly #waiting: ((verdict: Verdict) => void)[] = [];
  #onAsked: (() => void) | undefined;

  ask(asked: Asked): Promise<Verdict> {
    this.asked.push(asked);
    this.#onAsked?.();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  settle(verdict: Verdict): void {
    this.#waiting.shift()?.(verdict);
  }

  async isAsked(times: number): Promise<void> {
    while (this.asked.length < times) {
      await new Promise<void>((resolve) => (this.#onAsked = resolve));
    }
  }
}

/** Answers the grade under way, and closes the page that a new step shows. */
async function graded(terminal: FakeTerminal, grades: Grades, verdict: Verdict): Promise<void> {
  grades.settle(verdict);
  await untilGraded(terminal);
  if (terminal.frame.includes("enter back")) await terminal.press("\r");
}

/** Keys are heard again. */
async function untilGraded(terminal: FakeTerminal): Promise<void> {
  await terminal.until((frame) => frame !== "" && !frame.includes("checking…"));
}

async function quit(terminal: FakeTerminal, ended: Promise<number>): Promise<void> {
  await terminal.press("\u0003");
  expect(await ended).toBe(0);
}
