import { defineConfig } from "vitest/config";

const conditions = ["@counterpoint/source"];

/** Runs a package's tests against the source of the whole workspace, so that nothing has to be built first. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    typecheck: { enabled: true, include: ["src/**/*.test-d.ts"] },
    coverage: { exclude: ["**/*.test-d.ts", "**/*.bench.ts"] },
  },
});
