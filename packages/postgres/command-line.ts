import { parseArgs } from "node:util";

/** What a long run may be told; a number that was not given is `undefined`. */
export type Told<TName extends string> = { readonly short: boolean } & {
  readonly [K in TName]: number | undefined;
};

/** What to say in the place of a run, and the exit code to end with. */
export interface Ending {
  readonly exit: 0 | 2;
  readonly text: string;
}

/** A long run, as its users know it. */
export interface Script<TName extends string> {
  /** Its name in `npm run`. */
  readonly name: string;
  /** What `--help` prints below the first line. */
  readonly help: string;
  /** The options that take a number > 0; all but `minutes` are whole. */
  readonly numbers: readonly TName[];
}

/** Reads the command line of this process. Ends it after `--help`, and with one sentence on what makes no sense. */
export function readCommandLine<TName extends string>(script: Script<TName>): Told<TName> {
  const told = parseCommandLine(script, process.argv.slice(2));
  if (!("exit" in told)) return told;
  (told.exit === 0 ? process.stdout : process.stderr).write(told.text);
  process.exit(told.exit);
}

export function parseCommandLine<TName extends string>(
  { name: script, help, numbers }: Script<TName>,
  args: readonly string[],
): Told<TName> | Ending {
  try {
    const values = parse(numbers, args);
    if (values["help"])
      return { exit: 0, text: `Usage: npm run ${script} -- [options]\n\n${help}\n` };
    const read = numbers.map((name) => [name, numberOf(name, values[name])] as const);
    return { ...Object.fromEntries(read), short: values["short"] === true } as Told<TName>; // with all names
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(". ");
    return { exit: 2, text: `${sentence}. See npm run ${script} -- --help\n` };
  }
}

function parse(names: readonly string[], args: readonly string[]): Record<string, unknown> {
  const numbers = names.map((name) => [name, { type: "string" }] as const);
  const options = {
    ...Object.fromEntries(numbers),
    short: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  return parseArgs({ args: [...args], options }).values;
}

function numberOf(name: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const isWhole = name !== "minutes";
  if (value > 0 && (isWhole ? Number.isSafeInteger(value) : value < Infinity)) return value;
  throw new Error(`--${name} needs a ${isWhole ? "whole " : ""}number > 0, got "${String(text)}"`);
}
