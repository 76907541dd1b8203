import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "@counterpoint/tooling/vitest";

export default mergeConfig(
  base,
  defineConfig({
    test: {
      globalSetup: fileURLToPath(import.meta.resolve("@counterpoint/tooling/unpack-chromium")),
      expect: { poll: { timeout: 10_000 } },
    },
  }),
);
