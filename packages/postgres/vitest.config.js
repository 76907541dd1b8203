import preset from "@counterpoint/tooling/vitest";
import { mergeConfig } from "vitest/config";

export default mergeConfig(preset, {
  test: {
    globalSetup: ["./test/server.ts"],
    testTimeout: 60_000, // a PGlite takes seconds to be made
    hookTimeout: 120_000,
  },
});
