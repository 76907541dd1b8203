import { parseArgs } from "node:util";

const STORES = ["memory", "pglite", "postgres"] as const;

/** What somebody asked for on the command line or in the environment. */
export interface CliOptions {
  readonly port: number;
  readonly store: (typeof STORES)[number];
  readonly delayMs: number;
  /** Where an embedded database keeps its data. */
  readonly dataDir: string | undefined;
  /** The server to use instead of an embedded one. */
  readonly databaseUrl: string | undefined;
}

/** Reports a command line that makes no sense; the message says what to do instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const HELP = `Usage: npm run demo -- [options]

Shows one command arrive in two read models: one synchronous, one eventually consistent.

  --port <number>     where to listen; 0 picks a free port     (default 3000, or $PORT)
  --store <name>      where the data lives                     (default memory)
                        memory    this process
                        pglite    Postgres inside this process
                        postgres  the server at $DATABASE_URL, or one of the demo's own
  --data-dir <path>   keep the data of pglite or of the demo's own postgres there
  --delay <ms>        how old an event must be before the
                      eventual read model may see it           (default 0)
  -h, --help          this text
`;

/**
 * Reads the command line.
 *
 * @returns `"help"` when help was asked for.
 * @throws {UsageError}
 */
export function parseCli(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): CliOptions | "help" {
  const values = parse(args);
  if (values.help) return "help";
  return {
    port: wholeNumber(
      values.port === undefined ? "PORT" : "--port",
      values.port ?? (env["PORT"] || "3000"),
      65_535,
    ),
    store: oneOf(values.store ?? "memory"),
    delayMs: wholeNumber("--delay", values.delay ?? "0", 60_000),
    ...placeOf(oneOf(values.store ?? "memory"), values["data-dir"], env["DATABASE_URL"]),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        store: { type: "string" },
        delay: { type: "string" },
        "data-dir": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new UsageError(`${message}. See npm run demo -- --help`);
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = /^[0-9]{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw new UsageError(`${name} must be a whole number from 0 to ${most}, got "${text}".`);
}

function oneOf(name: string): CliOptions["store"] {
  const store = STORES.find((store) => store === name);
  if (store) return store;
  throw new UsageError(`There is no store "${name}". Choose one of: ${STORES.join(", ")}.`);
}

function placeOf(
  store: CliOptions["store"],
  dataDir: string | undefined,
  databaseUrl: string | undefined,
): Pick<CliOptions, "dataDir" | "databaseUrl"> {
  if (dataDir === "") throw new UsageError("--data-dir needs a path.");
  if (dataDir !== undefined && store === "memory") {
    throw new UsageError(
      "The store memory keeps nothing. With --data-dir, add --store postgres or --store pglite.",
    );
  }
  const url = store === "postgres" ? databaseUrl || undefined : undefined;
  if (dataDir !== undefined && url !== undefined) {
    throw new UsageError(
      "DATABASE_URL names a server that keeps its own data. Unset it, or leave --data-dir out.",
    );
  }
  return { dataDir, databaseUrl: url };
}
