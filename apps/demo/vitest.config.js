import { defineConfig, mergeConfig } from "vitest/config";
import base from "@counterpoint/tooling/vitest";

export default mergeConfig(
  base,
  defineConfig({
    test: {
      globalSetup: "test/browser/unpack-chromium.ts",
      expect: { poll: { timeout: 10_000 } },
    },
  }),
);
