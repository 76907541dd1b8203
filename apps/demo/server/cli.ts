import { parseArgs } from "node:util";
import { MIN_SECRET_BYTES } from "./access/token.ts";

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
  /** The address to listen at; default `DEFAULT_HOST`. */
  readonly host?: string;
  /** Whether to print spans. */
  readonly trace?: boolean;
  /** How many requests one actor may send in a minute, with tokens; 0 for any number. */
  readonly ratePerMinute?: number;
  /** What tokens are signed with; without it the demo is open. */
  readonly authSecret?: string | undefined;
  /** The exercise of the workshop to play beside: its slug or the number of its step. */
  readonly exercise?: string | undefined;
  /** Where the learner's `work/` lies. Default: the top of the repository. */
  readonly home?: string | undefined;
}

/** This machine alone. */
export const DEFAULT_HOST = "127.0.0.1";
const LOOPBACK = [DEFAULT_HOST, "localhost", "::1"];

const DEFAULT_RATE = 6_000;

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
  --rate <number>     with AUTH_SECRET: how many requests one
                      actor may send in a minute; 0: any number (default ${DEFAULT_RATE}, or $RATE_LIMIT)
  --exercise <slug>   play your solution of an exercise of the workshop
                      beside ours, at /exercise
  --home <folder>     with --exercise: where work/ lies        (default: the top of the repository)
  --trace             print a span of every request, command, append and projection;
                      $OTEL_EXPORTER_OTLP_ENDPOINT sends them to a collector
  -h, --help          this text

Without AUTH_SECRET the demo is open to everybody on this machine, and to nobody else.
With AUTH_SECRET (${MIN_SECRET_BYTES} bytes or more) every request needs a token, and HOST may name another
address to listen at:

  npm run demo -- token --role <viewer|editor|admin> --sub <name> [--ttl 1h]
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
    ratePerMinute: rateOf(values.rate, env),
    ...exerciseOf(values.exercise, values.home, env["AUTH_SECRET"]),
    ...placeOf(oneOf(values.store ?? "memory"), values["data-dir"], env["DATABASE_URL"]),
    trace: values.trace,
    ...accessOf(env["AUTH_SECRET"], env["HOST"] || DEFAULT_HOST),
  };
}

/**
 * Checks what tokens are signed with. One that is there but too short is refused: whoever sets it wants to be safe.
 *
 * @throws {UsageError}
 */
export function checkSecret(secret: string): string {
  const bytes = new TextEncoder().encode(secret).length;
  if (bytes >= MIN_SECRET_BYTES) return secret;
  throw new UsageError(
    `AUTH_SECRET must have at least ${MIN_SECRET_BYTES} bytes, got ${bytes}. Make one: openssl rand -base64 32`,
  );
}

function accessOf(
  secret: string | undefined,
  host: string,
): Required<Pick<CliOptions, "host" | "authSecret">> {
  if (secret === undefined && !LOOPBACK.includes(host)) {
    throw new UsageError(
      `HOST=${host} would open the demo to others without a login. Set AUTH_SECRET too, or leave HOST out.`,
    );
  }
  return { host, authSecret: secret === undefined ? undefined : checkSecret(secret) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        store: { type: "string" },
        delay: { type: "string" },
        rate: { type: "string" },
        "data-dir": { type: "string" },
        exercise: { type: "string" },
        home: { type: "string" },
        trace: { type: "boolean", default: false },
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

function rateOf(given: string | undefined, env: Readonly<Record<string, string | undefined>>) {
  if (given !== undefined && env["AUTH_SECRET"] === undefined) {
    throw new UsageError(
      "--rate counts the requests of each actor, and without AUTH_SECRET nobody knows them apart: set it too.",
    );
  }
  const name = given === undefined ? "RATE_LIMIT" : "--rate";
  return wholeNumber(name, given ?? (env["RATE_LIMIT"] || String(DEFAULT_RATE)), 1_000_000);
}

function exerciseOf(
  exercise: string | undefined,
  home: string | undefined,
  authSecret: string | undefined,
): Pick<CliOptions, "exercise" | "home"> {
  if (exercise === "") throw new UsageError("--exercise needs a slug or the number of a step.");
  if (home !== undefined && exercise === undefined) {
    throw new UsageError("--home says where an exercise's files lie: add --exercise <slug>.");
  }
  if (exercise !== undefined && authSecret !== undefined) {
    throw new UsageError("--exercise is for you alone, on this machine: unset AUTH_SECRET.");
  }
  return { exercise, home };
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
