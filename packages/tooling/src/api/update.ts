import { run } from "../run.ts";
import { updateApi } from "./snapshots.ts";

// `npm run api`: builds the packages and writes their public API to `packages/*/api.txt`.

const build = await run(["turbo", "run", "build", "--output-logs=errors-only"], {
  output: "inherit",
});
if (build.ok) await updateApi();
process.exitCode = build.ok ? 0 : 1;
