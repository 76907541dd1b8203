import preset from "@counterpoint/tooling/vitest";
import { mergeConfig } from "vitest/config";

export default mergeConfig(preset, {
  test: {
    globalSetup: ["./test/server.ts"],
    testTimeout: 30_000, // a PGlite takes seconds to be made
    hookTimeout: 60_000,
  },
});
