import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXERCISES, readCatalog } from "../../runner/catalog.ts";
import { runWorkshop } from "../../runner/run-workshop.ts";
import { FakeTerminal } from "../terminal.ts";
import type { Picture } from "./terminal-svg.ts";

/** One moment at the terminal, brought about as a learner would. */
interface Scene {
  readonly name: string;
  readonly title: string;
  readonly step: string;
  /** A folder of the exercise that the learner has written. */
  readonly variant: string;
  /** Steps that became green before, with what they took. */
  readonly before: readonly string[];
  readonly attempts?: number;
  readonly keys: readonly string[];
}

const SLUGS = readCatalog().map(({ slug }) => slug);

export const SCENES: readonly Scene[] = [
  {
    name: "first-red",
    title: "The first red of the first step",
    step: "messages",
    variant: "problem",
    before: [],
    keys: [],
  },
  {
    name: "mutants",
    title: "The mutants of step 12: three wrong views live under a weak property",
    step: "idempotent-projection",
    variant: "wrong/duplicates-only",
    before: SLUGS.slice(0, 11),
    attempts: 1,
    keys: ["m"],
  },
  {
    name: "diff",
    title: "From a wrong command bus to the solution",
    step: "command-bus",
    variant: "wrong/object-look-up",
    before: SLUGS.slice(0, 1),
    keys: ["d"],
  },
  {
    name: "end",
    title: "The end of the workshop",
    step: "when-not-to",
    variant: "solution",
    before: SLUGS.slice(0, -1),
    keys: ["n"],
  },
];

/** A narrow terminal and a wide one: columns, rows. */
export const SIZES = [
  [80, 24],
  [120, 32],
] as const;

/** Plays a scene with the real runner and grader, and looks at it in each size. */
export async function capture(scene: Scene): Promise<readonly Picture[]> {
  const home = mkdtempSync(join(tmpdir(), "workshop-capture-"));
  try {
    prepare(home, scene);
    const terminal = new FakeTerminal(...SIZES[0]);
    const ended = runWorkshop(["--home", home, "start", scene.step], {
      stdin: terminal.stdin,
      stdout: terminal.stdout,
      stderr: process.stderr,
      env: {},
      now: () => new Date("2026-02-03T12:00:00.000Z"),
      nextSeed: () => 812,
    });
    await terminal.until((frame) => frame !== "" && !frame.includes("checking…"));
    await terminal.press(...scene.keys);
    const pictures = SIZES.map(([columns, rows]) => {
      Object.assign(terminal.stdout, { columns, rows });
      terminal.stdout.emit("resize");
      return { title: `${scene.title} (${columns} columns)`, columns, lines: shown(terminal) };
    });
    await terminal.press("\u0003");
    await ended;
    return pictures;
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
}

function prepare(home: string, { step, variant, before, attempts = 0 }: Scene): void {
  cpSync(join(EXERCISES, step, variant), join(home, "work", step), { recursive: true });
  const at = "2026-02-03T10:00:00.000Z";
  const steps = {
    ...Object.fromEntries(
      before.map((slug, index) => [
        slug,
        { startedAt: at, greenAt: at, attempts: 1 + (index % 3), hints: index % 2 },
      ]),
    ),
    [step]: { startedAt: at, attempts },
  };
  mkdirSync(join(home, ".workshop"));
  writeFileSync(join(home, ".workshop/progress.json"), JSON.stringify({ schema: 1, steps }));
}

/** The last frame with its colours, and nothing of how it was drawn. */
function shown({ written }: FakeTerminal): readonly string[] {
  const frame = written.split("\u001B[H").at(-1) ?? "";
  return frame.replaceAll("\u001B[K", "").replaceAll("\u001B[J", "").split("\r\n");
}
