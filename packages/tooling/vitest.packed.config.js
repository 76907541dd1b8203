import { defineConfig } from "vitest/config";
import { TallyReporter } from "./tally-reporter.js";

/** Runs the tests of what would be published; `npm run check -- alone` packs it first. */
export default defineConfig({
  test: {
    include: ["src/**/*.packed.test.ts"],
    testTimeout: 60_000, // a busy machine is no failure
    hookTimeout: 120_000,
    silent: "passed-only",
    reporters: ["default", new TallyReporter(".cache/packed.json")],
  },
});
