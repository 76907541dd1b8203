import { defineConfig } from "vitest/config";
import { TallyReporter } from "./tally-reporter.js";

/** @import { ProjectConfig } from "vitest/node" */

const conditions = ["@counterpoint/source"];
const source = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};
const tests = {
  include: ["**/*.test.{ts,tsx}"],
  testTimeout: 60_000, // a busy machine is no failure
  hookTimeout: 120_000,
  exclude: ["**/node_modules/**", "**/dist/**", "**/.cache/**", "**/*.packed.test.ts"],
};
/** @type {{ silent: "passed-only", reporters: ["default", TallyReporter] }} */
const report = {
  silent: "passed-only",
  reporters: ["default", new TallyReporter(".cache/tests.json")],
};

/**
 * Runs a workspace's tests against the source of the whole house, so that nothing has to be built first.
 *
 * Type tests (`*.test-d.ts`) never run: `tsc` proves them, as a part of `typecheck`.
 */
export default defineConfig({ ...source, test: { ...tests, ...report } });

/**
 * The same, with a second try in CI for tests of real browsers, terminals and processes, and for no other: a machine
 * may stumble over those, while a property that fails once has found something. The gate names each that needed it.
 *
 * @param {readonly string[]} include - Patterns of those tests' files.
 * @param {ProjectConfig} options - For all tests.
 */
export function withSecondTryFor(include, options) {
  const all = { ...tests, ...options };
  const real = { ...all, name: "real", include: [...include], retry: process.env["CI"] ? 1 : 0 };
  const other = { ...all, name: "other", exclude: [...tests.exclude, ...include] };
  return defineConfig({
    test: {
      ...report,
      projects: [
        { ...source, test: real },
        { ...source, test: other },
      ],
    },
  });
}
