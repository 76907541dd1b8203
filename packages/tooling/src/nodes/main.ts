import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { run } from "../run.ts";
import { packAll } from "../tarballs.ts";
import { root } from "../workspaces.ts";
import { findNode } from "./find-node.ts";

// `npm run check:nodes`: the packed packages, and the test suites of those that run anywhere, on every Node that is
// supported, the oldest included. `npm run check:nodes -- packed` leaves the suites out. What cannot be had is skipped aloud.

const NODES = ["20.19.0", "22.23.3", "24.21.0"];
const SUITES = ["bus", "events", "write-model", "read-model", "memory"];

interface Result {
  readonly what: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

const packedAlone = process.argv.includes("packed");
const folder = mkdtempSync(join(tmpdir(), "counterpoint-nodes-"));
chmodSync(folder, 0o755); // a Postgres that runs as somebody else starts from here
try {
  const ready = (await run(["turbo", "run", "build", "--output-logs=errors-only"])).ok;
  process.exitCode = ready && (await packAll()).ok && (await tryAll()) ? 0 : 1;
  if (!ready) console.error("The packages do not build: run `npm run check -- build`.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryAll(): Promise<boolean> {
  let ok = true;
  for (const version of NODES) {
    const found = await findNode(version, { folder });
    if ("skipped" in found) {
      console.log(`Node ${version}  skipped: ${found.skipped}`);
      continue;
    }
    const packed = perform("packed packages", found.binary, "packages/tooling", [
      ...["--config=vitest.packed.config.js", "src/packed/alone", "src/packed/readme"],
    ]);
    const suites = packedAlone
      ? []
      : SUITES.map((name) => perform(name, found.binary, `packages/${name}`, []));
    for (const { what, passed, failed, seconds } of [packed, ...suites]) {
      const verdict = failed === 0 && passed > 0 ? "✓" : "✗";
      ok &&= verdict === "✓";
      const counts = failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} failed`;
      console.log(
        `Node ${version}  ${verdict} ${what.padEnd(15)}  ${counts}, ${seconds.toFixed(0)} s`,
      );
    }
  }
  return ok;
}

/** Runs tests by another Node than ours; what they start in turn finds that Node too. */
function perform(what: string, binary: string, place: string, args: readonly string[]): Result {
  const report = join(folder, "report.json");
  rmSync(report, { force: true });
  const start = performance.now();
  const { stdout, stderr } = spawnSync(
    binary,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      ...["run", "--reporter=json", `--outputFile=${report}`, ...args],
    ],
    {
      cwd: join(root, place),
      encoding: "utf8",
      env: { ...process.env, PATH: dirname(binary) + delimiter + (process.env["PATH"] ?? "") },
    },
  );
  const seconds = (performance.now() - start) / 1_000;
  const { passed, failed, messages } = read(report);
  if (failed > 0 || passed === 0) console.log([...messages, stdout, stderr].join("\n"));
  return { what, passed, failed, seconds };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly failureMessages?: readonly string[] }[];
  }[];
}

function read(path: string) {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as Report; // vitest wrote it
    const { numPassedTests: passed, numFailedTests, success, testResults } = report;
    const failed = numFailedTests || (success ? 0 : 1);
    const messages = testResults.flatMap(({ message, assertionResults }) => [
      message,
      ...assertionResults.flatMap(({ failureMessages = [] }) => failureMessages),
    ]);
    return { passed, failed, messages: messages.filter((each) => each !== "") };
  } catch {
    return { passed: 0, failed: 1, messages: ["The tests did not run to their end."] };
  }
}
