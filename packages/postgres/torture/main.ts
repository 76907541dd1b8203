import { readCommandLine } from "../command-line.ts";
import { startEmbeddedPostgres } from "../src/embedded.ts";
import type { TortureResult } from "./torture.ts";
import { torture } from "./torture.ts";

const help = `Writes events from many processes while their connections are killed, and looks for one that a reader missed.

  --short             a first look: 30,000 events from 2 processes
  --events <number>   how many events, at the least         (default 1,000,000)
  --seed <number>     what the run draws its chances from   (default 1)
  -h, --help          this text

Runs on DATABASE_URL when it is set, else on a server of its own. Exit code 0: all held; 1: something did not; 2: usage.`;

const told = readCommandLine({ name: "torture", help, numbers: ["events", "seed"] });
const given = process.env["DATABASE_URL"];
const server = given ? undefined : await startEmbeddedPostgres();
const { seed = 1, events = told.short ? 30_000 : 1_000_000 } = told;
say(`seed ${seed}, ${events} events`);
const result = await torture({
  connectionString: given ?? server!.connectionString, // one of the two is there
  seed,
  events,
  processes: told.short ? 2 : 4,
  writers: 8,
  streams: told.short ? 200 : 2_000,
  killEveryMs: 100,
  progress: say,
});
await server?.stop();
say(JSON.stringify(result, null, 2));
const failures = failuresOf(result);
say(failures.length === 0 ? "All held." : `FAILED: ${failures.join(", ")}`);
process.exitCode = failures.length === 0 ? 0 : 1;

function failuresOf({ lostByNaive, ...result }: TortureResult): string[] {
  const zeros = ["lost", "surplus", "disorder", "wrong", "unkept", "stalls"] as const;
  const failures: string[] = zeros.filter((name) => result[name] !== 0);
  if (lostByNaive === 0) failures.push("the naive cursor lost nothing, so the run proves nothing");
  if (result.events < events) failures.push("too few events");
  return failures;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
