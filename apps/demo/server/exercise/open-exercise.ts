import { problem, problemResponse } from "@counterpoint/hono";
import { Hono } from "hono";
import type { CliOptions } from "../cli.ts";
import { findExercise } from "./exercise.ts";
import { openPerformance } from "./performance.ts";
import { exerciseRoutes } from "./routes.ts";

const PATIENCE_MS = 5_000;

/** An exercise that is played beside the demo, or none. */
export interface OpenedExercise {
  /** `undefined` when nobody asked for one. */
  readonly title: string | undefined;
  /** To be mounted at `/exercise`. */
  readonly routes: Hono;
  /** To be mounted there before anybody is asked for a token: says how to play one. */
  readonly notice: Hono;
  close(): Promise<void>;
}

/**
 * Opens the exercise that somebody has named on the command line.
 *
 * @param patienceMs - How long the learner's code may take for one act; default 5,000.
 * @throws {UsageError} When it cannot be played.
 */
export function openExercise(
  { exercise: name, home }: Pick<CliOptions, "exercise" | "home">,
  patienceMs: number = PATIENCE_MS,
): OpenedExercise {
  if (name === undefined) {
    return { title: undefined, routes: new Hono(), notice: notice(), close: async () => {} };
  }
  const exercise = findExercise(name, home);
  const performance = openPerformance(exercise, patienceMs);
  return {
    title: `step ${exercise.step}, ${exercise.title}`,
    routes: new Hono().route("/", exerciseRoutes(performance)),
    notice: new Hono(),
    close: async () => performance[Symbol.asyncDispose](),
  };
}

function notice(): Hono {
  return new Hono().get("/", ({ req }) =>
    problemResponse(problem(404, "NOT_FOUND", NOT_PLAYED), req.path),
  );
}

const NOT_PLAYED =
  "No exercise is played here. Start the demo with --exercise <slug>, and without AUTH_SECRET: it is for you alone, on your own machine.";
