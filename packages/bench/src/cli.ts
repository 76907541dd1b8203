/** The parts, in the order in which they run. */
export const PART_NAMES = ["bus", "postgres", "http", "types", "size"] as const;
export type PartName = (typeof PART_NAMES)[number];

export interface CliOptions {
  readonly parts: readonly PartName[];
  readonly effort: "full" | "quick" | "tiny";
  readonly json: boolean;
}

/** Says what was wrong with the command line, and what would be right. */
export class UsageError extends Error {}

export const HELP = `npm run bench -- [part …] [options]

Measures Counterpoint against the limit, which is written by hand, and against other libraries.

Parts      all, unless some are named
  bus        dispatch and publish in process: time and bytes
  postgres   append, read, catch-up, lag, replay; on DATABASE_URL when it is set, else on a server of its own
  http       a read of the demo against bare Hono and bare node:http
  types      what the compiler needs for 300 and 1,000 contracts
  size       bundles, gzipped, and how long an import takes

Options
  --quick    fewer rounds and events: a first look, below two minutes
  --tiny     next to nothing: shows that everything runs, its figures mean nothing
  --json     print one JSON document instead of tables
  --help     print this

Compare ratios within one run, never absolute figures of two. Leave the machine alone meanwhile.
`;

/** @throws {UsageError} When it is not understood. */
export function parseCli(args: readonly string[]): CliOptions | "help" {
  const parts: PartName[] = [];
  let effort: CliOptions["effort"] = "full";
  let json = false;
  for (const arg of args) {
    const part = PART_NAMES.find((name) => name === arg);
    if (part) parts.push(part);
    else if (arg === "--quick" || arg === "--tiny") effort = arg === "--quick" ? "quick" : "tiny";
    else if (arg === "--json") json = true;
    else if (arg === "--help" || arg === "-h") return "help";
    else {
      throw new UsageError(
        `Did not expect ${arg}. Parts: ${PART_NAMES.join(", ")}. More: npm run bench -- --help`,
      );
    }
  }
  const chosen = PART_NAMES.filter((name) => parts.length === 0 || parts.includes(name));
  return { parts: chosen, effort, json };
}
