import { readCommandLine } from "../command-line.ts";
import { startEmbeddedPostgres } from "../src/embedded.ts";
import { replay } from "./replay.ts";

const help = `Replays a log in place and beside, and fails when memory grows with the log.

  --short             a first look: 50,000 events
  --events <number>   how many events; a tenth of them first   (default 1,000,000)
  -h, --help          this text

Runs on DATABASE_URL when it is set, else on a server of its own. Exit code 0: all held; 1: something did not; 2: usage.`;

const told = readCommandLine({ name: "replay", help, numbers: ["events"] });
const most = told.events ?? (told.short ? 50_000 : 1_000_000);
const MEBI = 2 ** 20;
const TOLERANCE = 1.2;

const given = process.env["DATABASE_URL"];
const server = given ? undefined : await startEmbeddedPostgres();
const connectionString = given ?? server!.connectionString; // one of the two is there
const few = await measure(Math.ceil(most / 10));
const many = await measure(most);
await server?.stop();

const growth = many.peakHeap / few.peakHeap;
say(`peak heap with ten times the events: x ${growth.toFixed(2)}, at most x ${TOLERANCE} is flat`);
const failures = [
  ...(few.wrong + many.wrong === 0 ? [] : ["documents are not the fold of their events"]),
  ...(growth <= TOLERANCE ? [] : ["memory grows with the log"]),
];
say(failures.length === 0 ? "All held." : `FAILED: ${failures.join(", ")}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function measure(events: number) {
  say(`${events.toLocaleString("en-US")} events`);
  const result = await replay({ connectionString, events, progress: (line) => say(`  ${line}`) });
  const { eventsPerSecond, peakHeap, peakResident, wrong } = result;
  say(`  in place ${Math.round(eventsPerSecond["in place"])} events/s`);
  say(`  beside ${Math.round(eventsPerSecond.beside)} events/s`);
  say(`  peak heap ${(peakHeap / MEBI).toFixed(1)} MiB after collection`);
  say(`  peak resident ${(peakResident / MEBI).toFixed(0)} MiB, wrong documents ${wrong}`);
  return result;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
