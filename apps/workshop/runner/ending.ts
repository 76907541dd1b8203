import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exercise } from "./catalog.ts";
import type { Honour } from "./certificate.ts";
import { certificateSvg, printable, writeCertificate } from "./certificate.ts";
import { UsageError } from "./cli.ts";
import { REPOSITORY } from "./paths.ts";
import { relink } from "./pages.ts";
import type { Workshop } from "./workshop.ts";

/** How far a learner is from a certificate. */
export interface Standing {
  /** What a certificate would be for; `undefined` as long as core steps are missing. */
  readonly earned: Pick<Honour, "scope" | "steps"> | undefined;
  /** What is missing for the next one, in order; empty when the whole course is green. */
  readonly missing: readonly Exercise[];
}

/** The whole course earns a certificate, and so do its core steps. */
export function standingOf(workshop: Workshop): Standing {
  const { steps } = workshop.progress();
  const missingOf = (wanted: readonly Exercise[]): readonly Exercise[] =>
    wanted.filter(({ slug }) => steps[slug]?.greenAt === undefined);
  const all = workshop.catalog;
  const core = all.filter((exercise) => exercise.core);
  if (missingOf(all).length === 0) return { earned: { scope: "course", steps: all }, missing: [] };
  const missing = missingOf(core);
  if (core.length === 0 || missing.length > 0) return { earned: undefined, missing };
  return { earned: { scope: "half day", steps: core }, missing: missingOf(all) };
}

/** `3 steps are missing for a certificate: 6 Repository contract, …` */
export function missingText(
  { missing }: Standing,
  titleOf: (exercise: Exercise) => string,
): string {
  const [verb, noun] = missing.length === 1 ? ["is", "step"] : ["are", "steps"];
  const [first = "", ...more] = missing.map(titleOf);
  const names = more.length > 3 ? [first, ...more.slice(0, 2), "…"] : [first, ...more];
  return `${missing.length} core ${noun} ${verb} missing for a certificate: ${names.join(", ")}`;
}

/**
 * Writes the certificate that was earned into the work folder.
 *
 * @returns The file, and what it says.
 * @throws {UsageError} When nothing was earned yet, or nothing of the name can be printed.
 */
export function award(
  workshop: Workshop,
  { name: given, now }: { readonly name: string; readonly now: Date },
): { readonly file: string; readonly honour: Honour } {
  const { earned } = standingOf(workshop);
  if (!earned) throw new UsageError("No certificate was earned yet.");
  const name = printable(given);
  if (name === "") throw new UsageError("A certificate needs a name with letters in it.");
  const honour = { ...earned, name, date: completedAt(workshop, earned.steps) ?? now };
  return { file: writeCertificate(workshop.work.folder, certificateSvg(honour)), honour };
}

/** When the last of these steps became green; `undefined` when an old file of progress does not know. */
function completedAt(workshop: Workshop, steps: readonly Exercise[]): Date | undefined {
  const last = Math.max(...steps.map((each) => Date.parse(workshop.step(each).greenAt ?? "")));
  return last > 0 ? new Date(last) : undefined;
}

/** What a learner sees behind the last step, as Markdown. */
export function endPage(workshop: Workshop): string {
  const steps = workshop.catalog.map((each) => workshop.step(each));
  const sum = (of: (step: (typeof steps)[number]) => number): number =>
    steps.reduce((total, step) => total + of(step), 0);
  const attempts = sum((step) => step.attempts);
  const hints = sum((step) => step.hints);
  const wrong = workshop.catalog.reduce(
    (total, { mutants }) => total + Object.keys(mutants).length,
    0,
  );
  return `Every step is green. It took ${count(attempts, "red attempt")} and ${count(hints, "hint")}; your properties have caught ${count(wrong, "wrong program")}.

Press \`c\` for your certificate: an SVG file in \`work/\`, made on this machine.

${demos(workshop)}What you have built is small, and it is all there: the packages of this repository do the same with more care for speed and errors. Open one that you used and look for the trap that you know.

${reading().replace(/^# .*\n+/, "## What to read next\n\n")}`;
}

/** How the learner's own code is seen at work. */
function demos({ catalog }: Workshop): string {
  const slugs = catalog.filter(({ demo }) => demo).map(({ slug }) => slug);
  if (slugs.length === 0) return "";
  return `\`npm run demo -- --exercise <slug>\` plays what you have written beside ours: ${slugs.join(", ")}.\n\n`;
}

/** The list of works, as Markdown whose links lead to the right places from the top of the repository. */
export function reading(): string {
  const folder = join(REPOSITORY, "docs/workshop");
  return relink(readFileSync(join(folder, "reading.md"), "utf8"), folder, REPOSITORY);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
