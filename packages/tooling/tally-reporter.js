import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** @import { Reporter, SerializedError, TestCase, TestModule, Vitest } from "vitest/node" */

/**
 * Writes how many tests passed, failed and were skipped, and which failed or needed a second try, for the summary
 * of `npm test` and of the gate.
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
   * @param {readonly SerializedError[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.filter(
      (module) => module.state() === "failed" && !hasFailedTest(module),
    );
    const failures = [
      ...tests.filter(hasState("failed")).map((test) => told(nameOf(test), test.result().errors)),
      ...broken.map((module) => told(module.relativeModuleId, module.errors())),
      ...unhandledErrors.map((error) => told("outside of the tests", [error])),
    ];
    const tally = {
      passed: tests.filter(hasState("passed")).length,
      failed: failures.length,
      skipped: tests.filter((test) => hasState("skipped")(test) || hasState("pending")(test))
        .length,
      failures,
      flaky: tests.filter((test) => test.diagnostic()?.flaky).map(nameOf),
    };
    const path = resolve(this.#root, this.#file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(tally));
  }
}

/** @param {TestModule} module */
function hasFailedTest(module) {
  return [...module.children.allTests("failed")].length > 0;
}

/** @param {"passed" | "failed" | "skipped" | "pending"} state */
function hasState(state) {
  return (/** @type {TestCase} */ test) => test.result().state === state;
}

/** @param {TestCase} test */
function nameOf(test) {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

/**
 * One line: what failed, and the first line of why.
 *
 * @param {string} name
 * @param {readonly { readonly message: string }[] | undefined} errors
 */
function told(name, errors) {
  return `${name}: ${errors?.[0]?.message.split("\n", 1)[0] ?? "no error was told"}`;
}
