import { join } from "node:path";
import { compareApi } from "./api/snapshots.ts";
import { run } from "./run.ts";
import type { Command, Outcome } from "./run.ts";
import { packAll, published, tarballOf } from "./tarballs.ts";
import { root } from "./workspaces.ts";

/** One step of the gate. */
export interface Step {
  readonly name: string;
  /** The step that has to be green before this one makes sense. */
  readonly needs?: string;
  readonly run: () => Promise<Outcome>;
}

/** The gate, in the order in which it runs: what answers fast comes first. */
export const STEPS: readonly Step[] = [
  { name: "format", run: () => run(["prettier", "--check", "--log-level=warn", "."]) },
  { name: "lint", run: () => run(["oxlint"]) },
  { name: "types", run: () => turbo("typecheck") },
  { name: "architecture", run: () => turbo("test", "--filter=@counterpoint/tooling") },
  { name: "tests", run: () => turbo("test", "--filter=!@counterpoint/tooling") },
  { name: "build", run: () => turbo("build") },
  { name: "api", needs: "build", run: () => compareApi() },
  { name: "pack", needs: "build", run: packAll },
  { name: "publint", needs: "pack", run: () => runAll(tarballs(["publint", "run", "--strict"])) },
  { name: "attw", needs: "pack", run: () => runAll(tarballs(["@arethetypeswrong/cli", ...ATTW])) },
  {
    name: "alone",
    needs: "pack",
    run: () => run(VITEST_PACKED, { cwd: join(root, "packages/tooling") }),
  },
  { name: "docs", run: checkDocs },
  { name: "site", run: () => turbo("site") },
  { name: "dead code", run: () => run(["knip", "--no-config-hints"]) },
];

const ATTW = ["--profile=esm-only", "--no-definitely-typed", "--format=ascii"];
const VITEST_PACKED: Command = ["vitest", "run", "--config=vitest.packed.config.js"];

/** What the pages say, held to what is. Its last line counts. */
async function checkDocs(): Promise<Outcome> {
  const outcome = await run(["tsx", "packages/tooling/src/docs/main.ts"]);
  return { ...outcome, note: outcome.output.trim().split("\n").at(-1) ?? "" };
}

function turbo(task: string, ...flags: string[]): Promise<Outcome> {
  return run([
    "turbo",
    "run",
    task,
    "--continue",
    "--concurrency=3",
    "--output-logs=errors-only",
    ...flags,
  ]);
}

function tarballs([tool, ...args]: Command): Command[] {
  return published.map(({ manifest }) => [tool, ...args, tarballOf(manifest)]);
}

async function runAll(commands: readonly Command[]): Promise<Outcome> {
  const outcomes = await Promise.all(commands.map((command) => run(command)));
  const failed = outcomes.filter(({ ok }) => !ok);
  return {
    ok: failed.length === 0 && outcomes.length > 0,
    output: failed.map(({ output }) => output).join("\n"),
  };
}
