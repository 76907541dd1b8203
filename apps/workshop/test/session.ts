import { PassThrough, Writable } from "node:stream";
import { runWorkshop } from "../runner/run-workshop.ts";
import type { Surroundings } from "../runner/run-workshop.ts";
import { PILOTS, copyOfExercises } from "./home.ts";

/** What a command printed, and how it ended. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export type Options = Partial<Pick<Surroundings, "env" | "exercises" | "now" | "nextSeed">>;

/** Runs a command of the workshop as somebody without a terminal does. */
export async function workshop(
  home: string,
  args: readonly string[],
  options: Options = {},
): Promise<Printed> {
  const stdout = new Sink();
  const stderr = new Sink();
  const code = await runWorkshop(["--home", home, ...args], {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    nextSeed: () => 812,
    exercises: options.exercises ?? copyOfExercises(...PILOTS),
    ...options,
  });
  return { code, out: stdout.text, error: stderr.text };
}

/** Runs a command with `--json` and reads its one document. */
export async function workshopJson(
  home: string,
  args: readonly string[],
  options: Options = {},
): Promise<{ readonly code: number; readonly json: Record<string, unknown> }> {
  const { code, out } = await workshop(home, [...args, "--json"], options);
  return { code, json: JSON.parse(out) as Record<string, unknown> };
}

class Sink extends Writable {
  text = "";

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}
