import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { APP } from "./paths.ts";

/** What `exercise.json` declares. AUTHORING.md explains every field. */
export interface Exercise {
  /** Its folder's name, for ever: progress is kept by it. */
  readonly slug: string;
  /** Absolute. */
  readonly folder: string;
  /** The number in the curriculum. */
  readonly step: number;
  readonly title: string;
  readonly minutes: number;
  /** Part of the half day. */
  readonly core: boolean;
  /** What the learner edits; the first is the main one. */
  readonly files: readonly string[];
  /** The rules that the starter breaks, in order; all others hold for it. */
  readonly red: readonly string[];
  /** How long one rule may take; milliseconds. */
  readonly timeLimitMs: number;
  /** Of a ★ step: each mutant's misconception. */
  readonly mutants: Readonly<Record<string, string>>;
  /** Of a ★ step: which mutants survive the property of a variant (`problem`, `wrong/…`). */
  readonly survivors: Readonly<Record<string, readonly string[]>>;
  /** Plausible wrong solutions, and how they are refused. */
  readonly wrong: Readonly<Record<string, Refusal>>;
  /** Right solutions other than ours, and what is different in them. */
  readonly alternative: Readonly<Record<string, string>>;
  /** Of a step that `npm run demo -- --exercise` can play, by its `demo.ts`. */
  readonly demo: Demo | undefined;
}

export interface Demo {
  /** What to do there so that a mistake shows; one sentence each. */
  readonly try: readonly string[];
}

export interface Refusal {
  /** The first rule that it breaks. */
  readonly rule: string;
  /** A text that the message holds: it names the misconception. */
  readonly says: string;
}

/** Where the exercises of this workshop lie. */
export const EXERCISES: string = join(APP, "exercises");

/** Says what is wrong with an `exercise.json`. */
export class CatalogError extends Error {
  override readonly name = "CatalogError";
}

/**
 * Reads all exercises, in the order of their steps.
 *
 * @throws {CatalogError} When a declaration does not hold what AUTHORING.md demands.
 */
export function readCatalog(folder: string = EXERCISES): readonly Exercise[] {
  const exercises = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "exercise.json")))
    .map(({ name }) => readExercise(join(folder, name), name))
    .sort((a, b) => a.step - b.step);
  for (const [index, { step, slug }] of exercises.entries()) {
    const before = exercises[index - 1];
    if (before?.step === step) {
      throw new CatalogError(`${before.slug} and ${slug} are both step ${step}.`);
    }
  }
  return exercises;
}

/** Whether a step is graded by mutants. */
export function isStarred({ mutants }: Exercise): boolean {
  return Object.keys(mutants).length > 0;
}

function readExercise(folder: string, slug: string): Exercise {
  const path = join(folder, "exercise.json");
  const fail = (what: string): never => {
    throw new CatalogError(`${slug}/exercise.json: ${what}`);
  };
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>; // every member is checked below
  } catch (error) {
    throw new CatalogError(`${slug}/exercise.json is not JSON: ${String(error)}`, { cause: error });
  }
  const unknown = Object.keys(given).find((key) => !FIELDS.has(key));
  if (unknown !== undefined) fail(`there is no field "${unknown}".`);
  const text = (key: string, value: unknown): string =>
    typeof value === "string" && value !== "" ? value : fail(`${key} has to be a text.`);
  const whole = (key: string, least: number, fallback?: number): number => {
    const value = given[key] ?? fallback;
    return Number.isInteger(value) && (value as number) >= least
      ? (value as number)
      : fail(`${key} has to be a whole number ≥ ${least}.`);
  };
  const texts = (key: string, value: unknown): readonly string[] =>
    Array.isArray(value)
      ? value.map((each) => text(`each of ${key}`, each))
      : fail(`${key} has to be a list of texts.`);
  const table = <T>(key: string, read: (key: string, value: unknown) => T): Record<string, T> => {
    const value = given[key] ?? {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return fail(`${key} has to be an object.`);
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, read(`${key}.${name}`, each)]),
    );
  };
  const refusal = (key: string, value: unknown): Refusal => {
    const { rule, says } = (value ?? {}) as Record<string, unknown>; // checked by `text`
    return { rule: text(`${key}.rule`, rule), says: text(`${key}.says`, says) };
  };
  const demo = (value: unknown): Demo => {
    const { try: tries } = (value ?? {}) as Record<string, unknown>; // checked by `texts`
    return { try: texts("demo.try", tries) };
  };
  const files = texts("files", given["files"]);
  if (files.length === 0) fail("files has to name at least one.");
  return {
    slug,
    folder,
    step: whole("step", 1),
    title: text("title", given["title"]),
    minutes: whole("minutes", 1),
    core: given["core"] === true,
    files,
    red: texts("red", given["red"]),
    timeLimitMs: whole("timeLimitMs", 100, 3_000),
    mutants: table("mutants", text),
    survivors: table("survivors", texts),
    wrong: table("wrong", refusal),
    alternative: table("alternative", text),
    demo: given["demo"] === undefined ? undefined : demo(given["demo"]),
  };
}

const FIELDS = new Set([
  "step",
  "title",
  "minutes",
  "core",
  "files",
  "red",
  "timeLimitMs",
  "mutants",
  "survivors",
  "wrong",
  "alternative",
  "demo",
]);
