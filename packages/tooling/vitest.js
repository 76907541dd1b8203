import { defineConfig } from "vitest/config";
import { TallyReporter } from "./tally-reporter.js";

const conditions = ["@counterpoint/source"];

/**
 * Runs a workspace's tests against the source of the whole house, so that nothing has to be built first.
 *
 * Type tests (`*.test-d.ts`) never run: `tsc` proves them, as a part of `typecheck`.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["**/*.test.{ts,tsx}"],
    testTimeout: 30_000, // a busy machine is no failure
    hookTimeout: 60_000,
    exclude: ["**/node_modules/**", "**/dist/**", "**/.cache/**", "**/*.packed.test.ts"],
    silent: "passed-only",
    reporters: ["default", new TallyReporter(".cache/tests.json")],
  },
});
