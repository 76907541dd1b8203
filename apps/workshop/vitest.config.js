import { withSecondTryFor } from "@counterpoint/tooling/vitest";

// The grader starts workers and a compiler: each test takes parts of a second, and more on a busy machine.
const PATIENCE = { testTimeout: 60_000, hookTimeout: 60_000 };

export default withSecondTryFor(
  ["test/{commands,doctor,ending,live,process,updates}.test.ts"],
  PATIENCE,
);
