import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** @import { Reporter, TestModule, Vitest } from "vitest/node" */

/**
 * Writes how many tests passed, failed and were skipped, for the summary of `npm test` and of the gate.
 *
 * A file that does not load and an error outside of any test count as one failure each.
 *
 * @implements {Reporter}
 */
export class TallyReporter {
  #file;
  #root = process.cwd();

  /** @param {string} file - Relative to the workspace. */
  constructor(file) {
    this.#file = file;
  }

  /** @param {Vitest} vitest */
  onInit(vitest) {
    this.#root = vitest.config.root;
  }

  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const results = [...module.children.allTests()].map((test) => test.result().state);
      tally.passed += count(results, "passed");
      tally.failed += count(results, "failed");
      tally.skipped += count(results, "skipped") + count(results, "pending");
      if (module.state() === "failed" && !results.includes("failed")) tally.failed += 1;
    }
    const path = resolve(this.#root, this.#file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(tally));
  }
}

/**
 * @param {readonly string[]} states
 * @param {string} state
 */
function count(states, state) {
  return states.filter((each) => each === state).length;
}
