import type { Context } from "@counterpoint/bus";
import type { Scheduler } from "@counterpoint/events";
import type { ExperimentReport } from "./messages.ts";
import { OrderingError } from "./ordering-error.ts";
import type { ScheduleName } from "./schedules.ts";

interface OrderingLabOptions {
  /** The server to experiment on; `undefined` when the demo has none. */
  readonly connectionString: string | undefined;
  readonly scheduler: Scheduler;
  /** How long to wait between steps, so that people can tell them apart; milliseconds. Default 50. */
  readonly beatMs?: number | undefined;
  /** How long one experiment may take; milliseconds. Default 30,000. */
  readonly limitMs?: number;
}

const PATIENCE_MS = 3_000;

/** Runs experiments with the order of the log, one at a time. */
export class OrderingLab {
  readonly #options: OrderingLabOptions;
  readonly #closing = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(options: OrderingLabOptions) {
    this.#options = options;
  }

  /** Clears away what a process has left that was killed in the middle. Where that fails, the next experiment says why. */
  async clearAway(): Promise<void> {
    const { connectionString } = this.#options;
    if (connectionString === undefined) return;
    const { clearAway } = await import("./scratch.ts");
    await clearAway(connectionString).catch(() => {});
  }

  /** @throws {OrderingError} `NEEDS_POSTGRES`, `EXPERIMENT_UNDER_WAY`, or `EXPERIMENT_CUT_SHORT` with the reason. */
  run = async (
    { schedule }: { readonly schedule: ScheduleName },
    { signal }: Pick<Context, "signal">,
  ): Promise<ExperimentReport> => {
    const { connectionString } = this.#options;
    if (connectionString === undefined) throw new OrderingError("NEEDS_POSTGRES");
    if (this.#running) throw new OrderingError("EXPERIMENT_UNDER_WAY");
    const running = this.#runWithin(connectionString, schedule, signal);
    this.#running = running.catch(() => {});
    try {
      return await running;
    } catch (error) {
      if (error instanceof OrderingError) throw error;
      const reason = signal?.aborted ? "nobody waits for it any more." : error;
      throw new OrderingError("EXPERIMENT_CUT_SHORT", reason);
    } finally {
      this.#running = undefined;
    }
  };

  /** Cuts short what is under way. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#closing.abort(new OrderingError("EXPERIMENT_CUT_SHORT", "the demo is stopping."));
    await this.#running;
  }

  async #runWithin(
    connectionString: string,
    schedule: ScheduleName,
    signal: AbortSignal | undefined,
  ): Promise<ExperimentReport> {
    const { scheduler, beatMs = 50, limitMs = 30_000 } = this.#options;
    const limit = new AbortController();
    using _timer = scheduler.after(limitMs, () =>
      limit.abort(
        new OrderingError("EXPERIMENT_CUT_SHORT", `it took longer than ${limitMs / 1_000} s.`),
      ),
    );
    const { runExperiment } = await import("./experiment.ts"); // with all that it needs of Postgres
    return await runExperiment({
      ...{ connectionString, schedule, beatMs, patienceMs: PATIENCE_MS, scheduler },
      nowMs: () => performance.now(),
      signal: AbortSignal.any([this.#closing.signal, limit.signal, ...(signal ? [signal] : [])]),
    });
  }
}
