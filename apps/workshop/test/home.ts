import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { onTestFinished } from "vitest";
import { EXERCISES } from "../runner/catalog.ts";
import { REPOSITORY } from "../runner/paths.ts";

/** Makes a folder for one test, with a dot in its name as people have in theirs. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "work.shop-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The steps that tests are about: more may come without disturbing them. */
export const PILOTS = ["messages", "command-bus", "routing-properties", "idempotent-projection"];

/** Copies exercises, so that a test may change them. */
export function copyOfExercises(...slugs: readonly string[]): string {
  const folder = temporaryFolder();
  for (const slug of slugs) {
    const copy = join(folder, slug);
    cpSync(join(EXERCISES, slug), copy, { recursive: true });
    const up = relative(copy, REPOSITORY).replaceAll("\\", "/");
    edit(join(copy, "README.md"), (text) => text.replaceAll("](../../../../", `](${up}/`));
  }
  return folder;
}

/** Solves a step as the solution does. */
export function solve(home: string, slug: string, variant = "solution"): void {
  cpSync(join(EXERCISES, slug, variant), join(home, "work", slug), { recursive: true });
}

/** Rewrites a file. */
export function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}
