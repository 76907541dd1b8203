import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STEPS } from "./steps.ts";
import type { Step } from "./steps.ts";
import {
  forgetTallies,
  namesOf,
  readPackedTally,
  readTestTallies,
  sumOf,
  tableOf,
} from "./tally.ts";
import type { SuiteResult } from "./tally.ts";
import { root } from "./workspaces.ts";

// `npm run check`: the whole gate. `npm run check -- lint types` runs these steps, and those that they need. A step
// that fails does not keep the others from running, so that one run shows everything.

interface Done {
  readonly name: string;
  readonly status: "ok" | "failed" | "not run";
  readonly seconds: number;
  readonly note?: string;
}

const steps = chosen(process.argv.slice(2));
forgetTallies();
const done: Done[] = [];
for (const step of steps) done.push(await perform(step));
summarize(done);

function chosen(names: readonly string[]): readonly Step[] {
  if (names.length === 0) return STEPS;
  const wanted = new Set<string>();
  for (let name of names as readonly (string | undefined)[]) {
    while (name !== undefined) {
      const step = STEPS.find((each) => each.name.replace(" ", "-") === name || each.name === name);
      if (!step) {
        console.error(
          `There is no step ${name}. Steps: ${STEPS.map((each) => each.name).join(", ")}.`,
        );
        process.exit(2);
      }
      wanted.add(step.name);
      name = step.needs;
    }
  }
  return STEPS.filter((step) => wanted.has(step.name));
}

async function perform({ name, needs, run }: Step): Promise<Done> {
  if (done.some((each) => each.name === needs && each.status !== "ok")) {
    console.log(`- ${name}: not run, because ${needs} failed`);
    return { name, status: "not run", seconds: 0 };
  }
  console.log(`▸ ${name}`);
  const start = performance.now();
  const { ok, output, note } = await run();
  const seconds = (performance.now() - start) / 1_000;
  if (!ok) console.log(`\n${output.trim()}\n\n✗ ${name} failed\n`);
  return { name, status: ok ? "ok" : "failed", seconds, ...(note !== undefined && { note }) };
}

function summarize(all: readonly Done[]): void {
  const suites = suitesOf(all);
  const tests = sumOf(suites);
  const bad = all.filter(({ status }) => status !== "ok").length;
  const total = all.reduce((sum, { seconds }) => sum + seconds, 0);
  if (suites.length > 0) console.log(`\n${tableOf(suites)}`);
  console.log(`\n${all.map(rowOf).join("\n")}\n  ${"".padEnd(12)}  ${secondsText(total)}\n`);
  const names = namesOf(suites);
  if (names !== "") console.log(`${names}\n`);
  const line = `${tests.passed + all.length - bad} passed, ${tests.failed + bad} failed`;
  console.log(`${line} (${tests.passed + tests.failed} tests, ${all.length} steps)`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(join(root, ".cache/gate.txt"), `${line}\n`);
  process.exitCode = bad + tests.failed === 0 ? 0 : 1;
}

function suitesOf(all: readonly Done[]): SuiteResult[] {
  const ran = all.filter(({ status }) => status !== "not run").map(({ name }) => name);
  const suites = readTestTallies().filter(({ suite }) =>
    ran.includes(suite === "packages/tooling" ? "architecture" : "tests"),
  );
  return ran.includes("alone") ? [...suites, readPackedTally()] : suites;
}

function rowOf({ name, status, seconds, note }: Done): string {
  const row = `${status === "ok" ? "✓" : "✗"} ${name.padEnd(12)}  ${secondsText(seconds)}  ${status}`;
  return note === undefined ? row : `${row}: ${note}`;
}

function secondsText(seconds: number): string {
  return `${seconds.toFixed(1).padStart(6)} s`;
}
