import { run } from "./run.ts";
import { forgetTallies, namesOf, readTestTallies, sumOf, tableOf, textOf } from "./tally.ts";

// `npm test`: the types and the tests of every workspace. What turbo has seen green and unchanged is not run again.

forgetTallies();
const { ok } = await run(
  [
    "turbo",
    "run",
    "typecheck",
    "test",
    "--continue",
    "--concurrency=3",
    "--output-logs=new-only",
    "--log-order=grouped",
  ],
  { output: "inherit" },
);
const results = readTestTallies();
const sum = sumOf(results);
const passed = ok && sum.failed === 0;
console.log(`\n${tableOf(results)}\n`);
const names = namesOf(results);
if (names !== "") console.log(`${names}\n`);
console.log(`${passed ? "✓" : "✗"} ${textOf(sum)}`);
if (!ok && sum.failed === 0) console.log("  The tests passed, the types did not: see above.");
process.exitCode = passed ? 0 : 1;
