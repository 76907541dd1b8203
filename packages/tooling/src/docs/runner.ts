import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { RECORDER } from "./claims.ts";
import { Recorder } from "./recorder.ts";
import type { Recording } from "./recorder.ts";

// A process that runs examples one after the other: node runner.ts <files.json> <results.json> <patience in ms>

/** How one example ended. */
export interface ExampleResult {
  readonly file: string;
  readonly recording: Recording;
  readonly error?: string;
}

const [list = "", target = "", patience = ""] = process.argv.slice(2);
const patienceMs = Number(patience);
const files = JSON.parse(readFileSync(list, "utf8")) as readonly string[]; // execute.ts wrote it
const recorders = new Map<string, Recorder>();
let current = new Recorder();
let broken: (reason: unknown) => void = () => {};

Object.assign(globalThis, { [RECORDER]: { of: recorderOf } });
for (const name of ["log", "info", "warn", "error", "debug"] as const) {
  console[name] = (...values: readonly unknown[]) => current.say(format(...values));
}
process.on("unhandledRejection", (reason) => broken(reason));
process.on("uncaughtException", (error) => broken(error));

const results: ExampleResult[] = [];
process.on("exit", () => {
  const stuck = files[results.length];
  const error = "It ends the process.";
  if (stuck !== undefined) results.push({ file: stuck, recording: current, error });
  writeFileSync(target, JSON.stringify(results));
});
for (const file of files) results.push(await perform(file));
process.exit(0); // whatever an example has left open

async function perform(file: string): Promise<ExampleResult> {
  const url = pathToFileURL(file).href;
  current = recorderOf(url);
  const recording = current;
  const breakdown = new Promise<never>((_, reject) => (broken = reject));
  const late = new Promise<never>((_, reject) => {
    const message = `It has not ended after ${patienceMs / 1_000} s.`;
    // It keeps the process going as well, as a server would: other timers need not.
    setTimeout(() => reject(new Error(message)), patienceMs);
  });
  try {
    await Promise.race([import(url), breakdown, late]);
    await Promise.race([new Promise((resolve) => setImmediate(resolve)), breakdown]);
    return { file, recording };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { file, recording, error: text };
  }
}

function recorderOf(url: string): Recorder {
  const known = recorders.get(url);
  if (known) return known;
  const recorder = new Recorder();
  recorders.set(url, recorder);
  return recorder;
}
