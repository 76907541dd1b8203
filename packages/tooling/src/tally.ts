import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readWorkspaces, root } from "./workspaces.ts";

/** Numbers of tests. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The result of one suite: the numbers, and the tests to look at. */
export interface SuiteTally extends Tally {
  /** One line for each failure: which test, and why. */
  readonly failures: readonly string[];
  /** Tests that passed at the second try only. */
  readonly flaky: readonly string[];
}

/** One suite of tests and its result; `undefined` when it wrote none, because it did not run to its end. */
export interface SuiteResult {
  readonly suite: string;
  readonly tally: SuiteTally | undefined;
}

/** Where a workspace's tests leave their result; turbo stores it and brings it back with a cached run. */
const TESTS = ".cache/tests.json";
const PACKED = "packages/tooling/.cache/packed.json";

/** Forgets the results of earlier runs, so that none is counted again. */
export function forgetTallies(): void {
  for (const { folder } of readWorkspaces()) rmSync(join(root, folder, TESTS), { force: true });
  rmSync(join(root, PACKED), { force: true });
}

/** Reads the result of every workspace that has tests. */
export function readTestTallies(): SuiteResult[] {
  return readWorkspaces()
    .filter(({ manifest }) => manifest.scripts?.["test"] !== undefined)
    .map(({ folder }) => ({ suite: folder, tally: readTally(`${folder}/${TESTS}`) }));
}

/** Reads the result of the tests of packed packages. */
export function readPackedTally(): SuiteResult {
  return { suite: "packed packages", tally: readTally(PACKED) };
}

/** Adds up; a suite that ran no test, or left no result, counts as one failure. */
export function sumOf(results: readonly SuiteResult[]): Tally {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { tally } of results) {
    sum.passed += tally?.passed ?? 0;
    sum.failed += (tally?.failed ?? 0) || (tally?.passed ? 0 : 1);
    sum.skipped += tally?.skipped ?? 0;
  }
  return sum;
}

/** Lays results out as a table. */
export function tableOf(results: readonly SuiteResult[]): string {
  const width = Math.max(...results.map(({ suite }) => suite.length));
  return results
    .map(
      ({ suite, tally }) => `  ${suite.padEnd(width)}  ${tally ? textOf(tally) : "did not finish"}`,
    )
    .join("\n");
}

/** Names each test that failed or needed a second try, a line each; empty when there is none. */
export function namesOf(results: readonly SuiteResult[]): string {
  return results
    .flatMap(({ suite, tally }) => [
      ...(tally?.failures ?? []).map((failure) => `✗ ${suite}: ${failure}`),
      ...(tally?.flaky ?? []).map((test) => `! ${suite}: passed at the second try: ${test}`),
    ])
    .join("\n");
}

/** `12 passed`, `11 passed, 1 failed, 2 skipped`. */
export function textOf({ passed, failed, skipped }: Tally): string {
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(", ");
}

function readTally(path: string): SuiteTally | undefined {
  const file = join(root, path);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as SuiteTally) : undefined; // TallyReporter wrote it
}
