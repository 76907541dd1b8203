// npm run torture [-- --short] [--seed=1] [--events=1000000]
import { parseArgs } from "node:util";
import { startEmbeddedPostgres } from "../src/embedded.ts";
import type { TortureResult } from "./torture.ts";
import { torture } from "./torture.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    events: { type: "string" },
  },
});
const given = process.env["DATABASE_URL"];
const server = given ? undefined : await startEmbeddedPostgres();
const seed = Number(values.seed);
const events = Number(values.events ?? (values.short ? 30_000 : 1_000_000));
say(`seed ${seed}, ${events} events`);
const result = await torture({
  connectionString: given ?? server!.connectionString, // one of the two is there
  seed,
  events,
  processes: values.short ? 2 : 4,
  writers: 8,
  streams: values.short ? 200 : 2_000,
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
