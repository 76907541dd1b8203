import { CatalogError, readCatalog } from "../runner/catalog.ts";
import { authorCheck } from "./author-check.ts";

/** Runs the author check over some exercises, or all, for the command line. */
export async function authorAnswer(
  slugs: readonly string[],
  folder: string | undefined,
): Promise<{ readonly lines: string[]; readonly json: unknown; readonly code: 0 | 1 }> {
  const catalog = readCatalog(folder);
  for (const slug of slugs) {
    if (!catalog.some((exercise) => exercise.slug === slug)) {
      throw new CatalogError(`There is no exercise ${slug}.`);
    }
  }
  const wanted = catalog.filter(({ slug }) => slugs.length === 0 || slugs.includes(slug));
  const reports = await authorCheck(wanted);
  const isGreen = reports.every(({ problems }) => problems.length === 0) && reports.length > 0;
  const lines = reports.flatMap(({ slug, problems, runs }) => [
    `${problems.length === 0 ? "✓" : "✗"} ${slug}  ${runs} runs`,
    ...problems.map((problem) => `    ${problem}`),
  ]);
  return { lines, json: { exercises: reports }, code: isGreen ? 0 : 1 };
}
