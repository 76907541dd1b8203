import preset from "@counterpoint/tooling/vitest";
import { mergeConfig } from "vitest/config";

export default mergeConfig(preset, {
  test: {
    testTimeout: 180_000, // seconds on a machine that is free; processes, a database server and compilers are started
    hookTimeout: 60_000,
  },
});
