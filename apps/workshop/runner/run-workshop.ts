import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Exercise } from "./catalog.ts";
import { CatalogError, readCatalog } from "./catalog.ts";
import type { Cli } from "./cli.ts";
import { HELP, UsageError, parseCli } from "./cli.ts";
import { award, missingText, reading, standingOf } from "./ending.ts";
import { createGrader } from "./grader.ts";
import { checkJson, exerciseJson } from "./json.ts";
import { hint, readme } from "./pages.ts";
import { REPOSITORY } from "./paths.ts";
import type { Look } from "./render.ts";
import { LEGEND, checkLines, demoLines, headline, listRows, titleOf } from "./render.ts";
import type { Terminal } from "./screen.ts";
import { colorsOf, layOut, paintDiff } from "./text.ts";
import { Workshop } from "./workshop.ts";

/** The outside world of the runner. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    setRawMode?(on: boolean): unknown;
  };
  readonly stdout: Terminal & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: the exercises of this workshop. */
  readonly exercises?: string;
  readonly now?: () => Date;
  readonly nextSeed?: () => number;
}

/** What a command prints, as lines for people or as one document for programs. */
interface Answer {
  readonly lines: readonly string[];
  readonly json: unknown;
  /** 0: green; 1: red. */
  readonly code: 0 | 1;
}

/**
 * Runs the workshop's command line.
 *
 * @returns The exit code: 0 green, 1 red, 2 usage.
 */
export async function runWorkshop(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<0 | 1 | 2> {
  const { stdout, stderr } = surroundings;
  try {
    const cli = parseCli(args);
    if (cli.command === "help") {
      stdout.write(HELP);
      return 0;
    }
    if (isLive(cli, surroundings)) return await goLive(cli, surroundings);
    const answer = await answerTo(cli, surroundings);
    stdout.write(
      cli.json ? `${JSON.stringify(answer.json, null, 2)}\n` : `${answer.lines.join("\n")}\n`,
    );
    return answer.code;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CatalogError)) throw error;
    if (args.includes("--json")) stdout.write(`${JSON.stringify({ error: error.message })}\n`);
    else stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** The live screen is for people at a terminal who want to work; everything else prints and ends. */
function isLive({ command, json }: Cli, { stdin, stdout }: Surroundings): boolean {
  const works = command === "resume" || command === "start";
  return works && !json && stdin.isTTY === true && stdout.isTTY === true;
}

async function goLive(cli: Cli, surroundings: Surroundings): Promise<0 | 1> {
  const { runLive } = await import("./live.ts");
  await using grader = createGrader();
  const workshop = open(cli, surroundings, grader);
  const exercise = chosen(cli, workshop);
  const { colors } = lookOf(surroundings);
  const { poll } = cli;
  return await runLive({ workshop, exercise, surroundings, home: homeOf(cli), poll, colors });
}

async function answerTo(cli: Cli, surroundings: Surroundings): Promise<Answer> {
  if (cli.command === "doctor") {
    const { doctor } = await import("./doctor.ts");
    return doctor({ home: homeOf(cli), poll: cli.poll });
  }
  if (cli.command === "author") {
    const { authorAnswer } = await import("../author/author-answer.ts");
    return authorAnswer(cli.names, surroundings.exercises);
  }
  await using grader = createGrader();
  const workshop = open(cli, surroundings, grader);
  const answer = await answerOf(cli, workshop, surroundings);
  if (workshop.notice === undefined) return answer;
  return {
    ...answer,
    lines: [workshop.notice, "", ...answer.lines],
    json: { notice: workshop.notice, ...(answer.json as object) }, // every answer is an object
  };
}

async function answerOf(cli: Cli, workshop: Workshop, surroundings: Surroundings): Promise<Answer> {
  const look = lookOf(surroundings);
  const exercise = chosen(cli, workshop);
  const { slug } = exercise;
  switch (cli.command) {
    case "list":
    case "progress":
      return progress(workshop, look);
    case "certificate":
      return certificate({ cli, workshop, surroundings });
    case "start": {
      const news = workshop.start(exercise);
      const lines = [
        ...news,
        "",
        ...layOut(readme(exercise, "before green").trimEnd(), look.width, look.colors),
        "",
        `Edit work/${slug}/${exercise.files[0]}, then: npm run workshop -- check`,
      ];
      return { lines, json: { exercise: exerciseJson(exercise, workshop), news }, code: 0 };
    }
    case "hint": {
      const next = Math.min(3, workshop.step(exercise).hints + 1);
      workshop.takeHint(exercise, next);
      const text = hint(exercise, next);
      const lines = [`Hint ${next}/3`, "", ...layOut(text, look.width, look.colors)];
      return { lines, json: { slug, hint: next, of: 3, text }, code: 0 };
    }
    case "diff": {
      const patch = workshop.work.diff(exercise);
      const same = patch === "" ? ["Your files are the solution, to the letter."] : [];
      return { lines: [...same, ...paintDiff(patch, look.colors)], json: { slug, patch }, code: 0 };
    }
    case "solution":
      return solution(exercise, { cli, workshop, surroundings });
    case "reset": {
      const backup = workshop.reset(exercise) ?? null;
      const where =
        backup === null ? "There was nothing to keep." : `Your files went to ${backup}.`;
      const lines = [`The starter of ${titleOf(exercise)} is back. ${where}`];
      return { lines, json: { slug, backup }, code: 0 };
    }
    case "check":
      if (cli.all) return checkAll(workshop, look);
      return check(exercise, { cli, workshop, look });
    default:
      return check(exercise, { cli, workshop, look });
  }
}

interface CheckOptions {
  readonly cli: Pick<Cli, "seed">;
  readonly workshop: Workshop;
  readonly look: Look;
}

async function check(exercise: Exercise, { cli, workshop, look }: CheckOptions): Promise<Answer> {
  const news = workshop.handOut(exercise);
  const result = await workshop.check(exercise, cli.seed);
  const { green, output } = result.verdict;
  const after = green ? layOut(readme(exercise, "after green"), look.width, look.colors) : [];
  const lines = [
    ...news,
    headline(exercise, workshop, look),
    ...checkLines(result, look),
    ...(output === "" ? [] : ["", "Your code wrote:", output.trimEnd()]),
    ...(green ? demoLines(exercise, workshop, look) : []),
    ...(after.length === 0 ? [] : ["", ...after]),
  ];
  return { lines, json: checkJson(result, workshop), code: green ? 0 : 1 };
}

async function checkAll(workshop: Workshop, look: Look): Promise<Answer> {
  const lines: string[] = [];
  const documents: unknown[] = [];
  let green = true;
  for (const exercise of workshop.catalog) {
    if (!workshop.work.exists(exercise)) continue;
    const result = await workshop.check(exercise);
    green &&= result.verdict.green;
    lines.push(look.colors.bold(titleOf(exercise)), ...checkLines(result, look), "");
    documents.push(checkJson(result, workshop));
  }
  if (documents.length === 0) lines.push("You have not started any step yet.");
  return { lines, json: { checks: documents }, code: green ? 0 : 1 };
}

interface AskingOptions {
  readonly cli: Cli;
  readonly workshop: Workshop;
  readonly surroundings: Surroundings;
}

async function solution(
  exercise: Exercise,
  { cli, workshop, surroundings }: AskingOptions,
): Promise<Answer> {
  if (!workshop.isGreen(exercise) && !cli.yes) {
    const answer = await ask("You are not green yet. See the solution? [y/N] ", cli, surroundings);
    if (answer === undefined) {
      throw new UsageError("You are not green yet. Say --yes to see the solution all the same.");
    }
    if (!/^y/i.test(answer)) return { lines: ["Good. hint has more."], json: {}, code: 0 };
  }
  workshop.markSolutionSeen(exercise);
  const files = workshop.solution(exercise);
  const lines = files.flatMap(({ file, text }) => [
    `// ${file}`,
    ...text.trimEnd().split("\n"),
    "",
  ]);
  return { lines, json: { slug: exercise.slug, files }, code: 0 };
}

/** @returns `undefined` where nobody is there to answer. */
async function ask(
  question: string,
  { json }: Cli,
  { stdin, stdout }: Surroundings,
): Promise<string | undefined> {
  if (json || stdin.isTTY !== true || stdout.isTTY !== true) return undefined;
  const readline = createInterface({ input: stdin, output: stdout });
  const answer = await readline.question(question);
  readline.close();
  return answer;
}

async function certificate({ cli, workshop, surroundings }: AskingOptions): Promise<Answer> {
  const look = lookOf(surroundings);
  const standing = standingOf(workshop);
  if (!standing.earned) {
    const missing = standing.missing.map(({ slug }) => slug);
    const lines = [`${missingText(standing, titleOf)}.`];
    return { lines, json: { file: null, missing }, code: 1 };
  }
  const name = cli.name ?? (await ask("Whom is it for? ", cli, surroundings));
  if (name === undefined) throw new UsageError('Say --name "…": whom the certificate is for.');
  const { now = () => new Date() } = surroundings;
  const { file, honour } = award(workshop, { name, now: now() });
  const { scope, date, steps } = honour;
  const lines = [`Your certificate: ${file}`, "", ...layOut(reading(), look.width, look.colors)];
  const missing = standing.missing.map(({ slug }) => slug);
  const json = {
    file,
    name: honour.name,
    scope,
    date: date.toISOString(),
    steps: steps.map(({ slug }) => slug),
    missing,
  };
  return { lines, json, code: 0 };
}

function progress(workshop: Workshop, look: Look): Answer {
  const steps = workshop.catalog.map((exercise) => exerciseJson(exercise, workshop));
  const green = steps.filter(({ greenAt }) => greenAt !== null).length;
  const json = { current: workshop.current().slug, green, total: steps.length, steps };
  const legend = `${green} of ${steps.length} steps are green. ${LEGEND}`;
  return { lines: [...listRows(workshop, undefined, look), "", legend], json, code: 0 };
}

function open(
  cli: Cli,
  surroundings: Surroundings,
  grader: ReturnType<typeof createGrader>,
): Workshop {
  const { exercises, now = () => new Date(), nextSeed = randomSeed } = surroundings;
  return new Workshop({
    home: homeOf(cli),
    catalog: readCatalog(exercises),
    grader,
    now,
    nextSeed,
  });
}

function homeOf({ home }: Cli): string {
  return home === undefined ? REPOSITORY : resolve(home);
}

function randomSeed(): number {
  return 1 + Math.floor(Math.random() * 9_999);
}

function chosen({ names: [name] }: Cli, workshop: Workshop): Exercise {
  if (name === undefined) return workshop.current();
  const exercise = workshop.find(name);
  if (exercise) return exercise;
  throw new UsageError(`There is no step ${name}. npm run workshop -- list shows all.`);
}

function lookOf({ stdout, env }: Surroundings): Look {
  const isPlain = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  return {
    width: Math.min(120, stdout.columns ?? 100),
    replay: (seed) => `replay: check --seed ${seed}`,
    colors: colorsOf(stdout.isTTY === true && !isPlain && env["TERM"] !== "dumb"),
  };
}
