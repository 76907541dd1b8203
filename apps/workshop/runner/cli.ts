import { parseArgs } from "node:util";

export const COMMANDS = [
  "list",
  "start",
  "check",
  "hint",
  "diff",
  "solution",
  "reset",
  "progress",
  "certificate",
  "doctor",
  "author",
] as const;

export type CommandName = (typeof COMMANDS)[number] | "resume" | "help";

/** What somebody asked for on the command line. */
export interface Cli {
  readonly command: CommandName;
  /** What follows the command: a step, or slugs for `author check`. */
  readonly names: readonly string[];
  readonly json: boolean;
  readonly poll: boolean;
  readonly yes: boolean;
  readonly all: boolean;
  readonly seed: number | undefined;
  readonly home: string | undefined;
  /** Whom a certificate is for. */
  readonly name: string | undefined;
}

/** Reports a command line that makes no sense; the message says what to do instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const HELP = `Usage: npm run workshop                      goes on where you were
       npm run workshop -- <command> [options]

  list                    all steps, and which are green
  start [step]            makes a step the current one and hands out its files
  check [step]            grades your files once
  hint [step]             the next of three hints
  diff [step]             from your files to the solution
  solution [step]         shows the solution; asks first as long as you are not green
  reset [step]            brings the starter back; your files go to .workshop/backups
  progress                what is green, since when, with how many attempts and hints
  certificate             for the core steps or the whole course, and what to read next
  doctor                  looks at Node, the installation, the folders and the watcher
  author check [slug…]    holds exercises to what they declare

A step is its number, its slug or the beginning of its slug; without one it is the current step.

  --all             check: every step that you have started
  --seed <n>        check: replays a run
  --name <text>     certificate: whom it is for
  --yes             solution: does not ask
  --json            one JSON document in the place of text
  --poll            watches files by looking at them (network drives, containers)
  --home <folder>   where work/ and .workshop/ lie      (default: the top of the repository)
  -h, --help        this text

Without a terminal, or with --json, it prints and ends. Exit code 0: green; 1: red; 2: usage.
NO_COLOR=1 leaves out colours.
`;

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function parseCli(args: readonly string[]): Cli {
  const { values, positionals } = parse(args);
  const [name, ...names] = positionals;
  const command = values.help || name === "help" ? "help" : commandOf(name);
  if (command === "author") {
    if (names[0] !== "check") throw new UsageError("Say author check [slug…].");
  } else if (command !== "help" && names.length > 1) {
    throw new UsageError(`${command} takes one step, got ${names.join(" ")}.`);
  }
  return {
    command,
    names: command === "author" ? names.slice(1) : names,
    json: values.json ?? false,
    poll: values.poll ?? false,
    yes: values.yes ?? false,
    all: values.all ?? false,
    seed: values.seed === undefined ? undefined : seedOf(values.seed),
    home: values.home,
    name: values.name,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        home: { type: "string" },
        json: { type: "boolean" },
        name: { type: "string" },
        poll: { type: "boolean" },
        seed: { type: "string" },
        yes: { type: "boolean", short: "y" },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new UsageError(`${message}. See npm run workshop -- --help`);
  }
}

function commandOf(name: string | undefined): CommandName {
  if (name === undefined) return "resume";
  const command = COMMANDS.find((command) => command === name);
  if (command) return command;
  throw new UsageError(`There is no command ${name}. See npm run workshop -- --help`);
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^-?\d{1,10}$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new UsageError(`--seed must be a whole number, got "${text}".`);
}
