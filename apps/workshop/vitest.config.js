import preset from "@counterpoint/tooling/vitest";
import { mergeConfig } from "vitest/config";

// The grader starts workers and a compiler: each test takes parts of a second, and more on a busy machine.
export default mergeConfig(preset, { test: { testTimeout: 60_000, hookTimeout: 60_000 } });
