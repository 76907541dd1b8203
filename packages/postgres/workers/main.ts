// npm run workers [-- --short] [--seed=1] [--minutes=2]
import { parseArgs } from "node:util";
import { startEmbeddedPostgres } from "../src/embedded.ts";
import { workers } from "./workers.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "2" },
  },
});
const given = process.env["DATABASE_URL"];
const server = given ? undefined : await startEmbeddedPostgres();
const seed = Number(values.seed);
const actEveryMs = values.short ? 500 : 2_000;
const leaseMs = values.short ? 600 : 3_000; // what projectors have by default
say(`seed ${seed}`);
const { takeoversMs, ...result } = await workers({
  connectionString: given ?? server!.connectionString, // one of the two is there
  ...{ seed, actEveryMs, leaseMs },
  // After each act somebody takes over, in a lease and a third of it.
  acts: values.short ? 8 : Math.round((Number(values.minutes) * 60_000) / (actEveryMs + leaseMs)),
  writers: 4,
  progress: say,
});
await server?.stop();
const median = takeoversMs[takeoversMs.length >> 1];
say(JSON.stringify({ ...result, takeovers: takeoversMs.length, median, max: takeoversMs.at(-1) }));
const zeros = ["lost", "surplus", "disorder", "wrong", "unkept"] as const;
const failures = [...zeros.filter((name) => result[name] !== 0), ...result.deaths];
say(failures.length === 0 ? "All held." : `FAILED: ${failures.join(", ")}`);
process.exitCode = failures.length === 0 ? 0 : 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
