import { readCommandLine } from "../command-line.ts";
import { startEmbeddedPostgres } from "../src/embedded.ts";
import { workers } from "./workers.ts";

const help = `Kills, freezes and starts processes that keep read models up to date under writes, and holds the read models to the log.

  --short              a first look: 8 acts
  --minutes <number>   for how long; of no account with --short   (default 2)
  --seed <number>      what the run draws its chances from        (default 1)
  -h, --help           this text

Runs on DATABASE_URL when it is set, else on a server of its own. Exit code 0: all held; 1: something did not; 2: usage.`;

const told = readCommandLine({ name: "workers", help, numbers: ["minutes", "seed"] });
const given = process.env["DATABASE_URL"];
const server = given ? undefined : await startEmbeddedPostgres();
const { seed = 1, minutes = 2, short } = told;
const actEveryMs = short ? 500 : 2_000;
const leaseMs = short ? 600 : 3_000; // what projectors have by default
say(`seed ${seed}`);
const { takeoversMs, ...result } = await workers({
  connectionString: given ?? server!.connectionString, // one of the two is there
  ...{ seed, actEveryMs, leaseMs },
  // After each act somebody takes over, in a lease and a third of it.
  acts: short ? 8 : Math.ceil((minutes * 60_000) / (actEveryMs + leaseMs)),
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
