import { fileURLToPath } from "node:url";
import { withSecondTryFor } from "@counterpoint/tooling/vitest";

export default withSecondTryFor(["test/{browser,stores}/**/*.test.ts"], {
  globalSetup: fileURLToPath(import.meta.resolve("@counterpoint/tooling/unpack-chromium")),
  expect: { poll: { timeout: 30_000 } },
});
