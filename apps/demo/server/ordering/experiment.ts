import type { Scheduler } from "@counterpoint/events";
import type { Actor } from "./actor.ts";
import type { ExperimentReport, StrategyReport } from "./messages.ts";
import { STRATEGIES } from "./messages.ts";
import { play } from "./play.ts";
import type { ScheduleName, TransactionName } from "./schedules.ts";
import { STEPS } from "./schedules.ts";
import { openScratch } from "./scratch.ts";
import { STRATEGY } from "./strategies.ts";

export interface ExperimentOptions {
  readonly connectionString: string;
  readonly schedule: ScheduleName;
  readonly beatMs: number;
  readonly patienceMs: number;
  readonly scheduler: Scheduler;
  readonly nowMs: () => number;
  /** Ends it, whatever it is at. */
  readonly signal: AbortSignal;
}

/**
 * Plays a schedule under each strategy, one after the other: a transaction of one would hold up the fence of another.
 *
 * Resolves or rejects when nothing of it is left in the database.
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentReport> {
  const { connectionString, schedule, signal } = options;
  const steps = STEPS[schedule];
  signal.throwIfAborted();
  await using scratch = await openScratch(connectionString);
  const names = new Set(steps.flatMap(({ who }) => (who === "reader" ? [] : who)));

  const playing = playAll();
  playing.catch(() => {}); // after an abort nobody waits for it
  return await unlessAborted(playing, signal);

  async function playAll(): Promise<ExperimentReport> {
    const actors = new Map<TransactionName, Actor>();
    for (const name of names) actors.set(name, await scratch.connect());
    const strategies: StrategyReport[] = [];
    for (const name of STRATEGIES) {
      const strategy = STRATEGY[name];
      strategies.push(await play({ ...options, name, strategy, steps, scratch, actors }));
    }
    return { schedule, strategies };
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
