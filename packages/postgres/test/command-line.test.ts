import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseCommandLine } from "../command-line.ts";

const script = { name: "torture", help: "Tortures.", numbers: ["events", "minutes"] } as const;

test("reads what a long run is told", () => {
  const nothing = { short: false, events: undefined, minutes: undefined };
  expect(parseCommandLine(script, [])).toEqual(nothing);
  expect(parseCommandLine(script, ["--short", "--events=30000", "--minutes", "0.5"])).toEqual({
    ...{ short: true, events: 30_000, minutes: 0.5 },
  });
});

test.each([[["--help"]], [["-h"]], [["--events=many", "--help"]]])("helps by %j", (args) => {
  const text = "Usage: npm run torture -- [options]\n\nTortures.\n";
  expect(parseCommandLine(script, args)).toEqual({ exit: 0, text });
});

test.each([
  [["--bogus"], "Unknown option '--bogus'"],
  [["--short=3"], "Option '--short' does not take an argument"],
  [["more"], "Unexpected argument 'more'"],
  [["--events=many"], '--events needs a whole number > 0, got "many"'],
  [["--events=1.5"], '--events needs a whole number > 0, got "1.5"'],
  [["--minutes=0"], '--minutes needs a number > 0, got "0"'],
  [["--minutes=Infinity"], '--minutes needs a number > 0, got "Infinity"'],
])("refuses %j in one sentence", (args, sentence) => {
  const text = `${sentence}. See npm run torture -- --help\n`;
  expect(parseCommandLine(script, args)).toEqual({ exit: 2, text });
});

test.each(["torture", "workers", "replay"])(
  "npm run %s helps, and says what it does not know",
  async (name) => {
    const [help, bogus] = await Promise.all([run(name, "--help"), run(name, "--bogus")]);
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toMatch(new RegExp(`^Usage: npm run ${name} -- \\[options\\]\n\n[A-Z]`));
    expect(help.out).toContain("\n  --short ");
    const err = `Unknown option '--bogus'. See npm run ${name} -- --help\n`;
    expect(bogus).toEqual({ code: 2, out: "", err });
  },
);

async function run(name: string, ...args: readonly string[]) {
  const main = fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const flags = ["--import", tsx, "--conditions", "@counterpoint/source"];
  const child = spawn(process.execPath, [...flags, main, ...args]);
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null]; // how a child process ends
  return { code, ...said };
}
