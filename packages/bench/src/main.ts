import type { Effort } from "./harness/effort.ts";
import { EFFORTS } from "./harness/effort.ts";
import { printMachine, readLoad, readMachine } from "./harness/machine.ts";
import { printPart, printTargets } from "./harness/print.ts";
import type { Part } from "./harness/report.ts";
import { HELP, UsageError, parseCli } from "./cli.ts";
import type { PartName } from "./cli.ts";

// `npm run bench`. Tables go to stdout, what is under way to stderr.

const PARTS: Readonly<Record<PartName, (effort: Effort) => Promise<Part>>> = {
  bus: async (effort) => (await import("./bus/main.ts")).benchBus(effort),
  postgres: async (effort) => (await import("./postgres/main.ts")).benchPostgres(effort),
  http: async (effort) => (await import("./http/main.ts")).benchHttp(effort),
  types: async (effort) => (await import("./types/main.ts")).benchTypes(effort),
  size: async (effort) => (await import("./size/main.ts")).benchSize(effort),
};

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(); // whoever read it has seen enough
});

try {
  const options = parseCli(process.argv.slice(2));
  if (options === "help") process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function run(options: Exclude<ReturnType<typeof parseCli>, "help">): Promise<void> {
  const { effort, json } = options;
  const machine = readMachine();
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  if (!json) print(`${printMachine(machine)}\n`);
  const parts: Part[] = [];
  for (const name of options.parts) {
    console.error(`… ${name}`);
    const before = readLoad();
    const measured = await PARTS[name](EFFORTS[effort]);
    const load = `Load average before ${before.toFixed(2)}, after ${readLoad().toFixed(2)}.`;
    const part = { ...measured, notes: [...measured.notes, load] };
    parts.push(part);
    if (!json) print(printPart(part));
  }
  if (json) print(JSON.stringify({ machine, effort, parts }, undefined, 2));
  else print(printTargets(parts));
}
