import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../cli.ts";

/** An exercise of the workshop that the demo can play, and where its two solutions lie. */
export interface Exercise {
  readonly slug: string;
  readonly step: number;
  readonly title: string;
  /** What the learner edits. */
  readonly files: readonly string[];
  /** What to do so that a mistake shows. */
  readonly tries: readonly string[];
  /** The exercise's own folder. */
  readonly folder: string;
  readonly mine: string;
  readonly reference: string;
  /** How `mine` is called for people. */
  readonly work: string;
}

/** The top of the repository. */
export const REPOSITORY: string = fileURLToPath(new URL("../../../../", import.meta.url));

const EXERCISES = join(REPOSITORY, "apps/workshop/exercises");

/**
 * Finds an exercise by its slug or the number of its step.
 *
 * @param home - Where the learner's `work/` lies. Default: the top of the repository.
 * @throws {UsageError} When there is none, when the demo cannot play it, or when the learner has not started it.
 */
export function findExercise(name: string, home: string = REPOSITORY): Exercise {
  const all = readdirSync(EXERCISES)
    .filter((slug) => existsSync(join(EXERCISES, slug, "exercise.json")))
    .map((slug) => ({ slug, ...declarationOf(slug) }))
    .sort((a, b) => a.step - b.step);
  const playable = all.filter(({ demo }) => demo !== undefined);
  const these = playable.map(({ step, slug }) => `${step} ${slug}`).join(", ");
  const found = all.find(({ slug, step }) => slug === name || String(step) === name);
  if (!found) throw new UsageError(`There is no exercise "${name}". The demo can play ${these}.`);
  const { slug, step, title, files, demo } = found;
  if (!demo) {
    throw new UsageError(
      `Step ${step}, ${title}, is not played in the demo: its rules show all there is to see. The demo can play ${these}.`,
    );
  }
  const mine = resolve(home, "work", slug);
  if (!files.every((file) => existsSync(join(mine, file)))) {
    throw new UsageError(
      `There is no ${files.join(" and ")} in ${mine}. Start the step first: npm run workshop -- start ${slug}`,
    );
  }
  const folder = join(EXERCISES, slug);
  const reference = join(folder, "solution");
  const work = home === REPOSITORY ? `work/${slug}` : mine;
  return { slug, step, title, files, tries: demo.try, folder, mine, reference, work };
}

interface Declaration {
  readonly step: number;
  readonly title: string;
  readonly files: readonly string[];
  readonly demo?: { readonly try: readonly string[] };
}

/** The workshop's author check holds these files to their form. */
function declarationOf(slug: string): Declaration {
  return JSON.parse(readFileSync(join(EXERCISES, slug, "exercise.json"), "utf8")) as Declaration;
}
