import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Matrix, Progress, RawResult } from "../grading/report.ts";

/** What came out of one run. */
export interface WorkerReport {
  /** `silent`: nothing was left to wait for; `late`: one rule took too long. */
  readonly end: "done" | "silent" | "late" | "memory" | "exit";
  readonly results: readonly Seeded<RawResult>[];
  readonly matrices: readonly Seeded<Matrix>[];
  /** The rule that was begun and not ended. */
  readonly running: string | undefined;
  /** How long it might have taken; milliseconds. */
  readonly limitMs: number;
  /** The first error outside of any rule. */
  readonly stray: { readonly observed: string; readonly stack: string } | undefined;
  readonly output: string;
}

/** Something that came out under one seed. */
export interface Seeded<T> {
  readonly seed: number;
  readonly value: T;
}

export interface WorkerRunOptions {
  readonly seeds: readonly number[];
  /** How long loading, and then each rule, may take; milliseconds. */
  readonly limitMs: number;
}

const MOST_OUTPUT = 20_000;

/** Keeps workers warm, so that a run starts at once; each worker runs once. */
export class WorkerPool {
  readonly #spares: Worker[];
  #closed = false;
  readonly #busy = new Set<Worker>();

  /** @param spares - How many are kept warm: as many as run at once. */
  constructor(spares: number) {
    this.#spares = Array.from({ length: spares }, launch);
  }

  /** Runs a bundle made by `bundle`. Rejects only when no worker can be started. */
  run(file: string, { seeds, limitMs: usualMs }: WorkerRunOptions): Promise<WorkerReport> {
    const worker = this.#spares.shift() ?? launch();
    this.#busy.add(worker);
    worker.ref();
    return new Promise((resolve, reject) => {
      const results: Seeded<RawResult>[] = [];
      const matrices: Seeded<Matrix>[] = [];
      let running: string | undefined;
      let stray: WorkerReport["stray"];
      let output = "";
      let isDone = false;
      let settled = false;
      let limitMs = usualMs;
      let timer: NodeJS.Timeout;
      const expectMore = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => finish("late"), limitMs);
      };
      const finish = (end: WorkerReport["end"]): void => {
        if (settled || this.#closed) return; // nobody asks any more
        settled = true;
        clearTimeout(timer);
        this.#busy.delete(worker);
        void worker.terminate();
        this.#spares.push(launch());
        resolve({ end, results, matrices, running, limitMs, stray, output });
      };
      const keep = (chunk: Buffer): void => {
        if (output.length < MOST_OUTPUT) output += chunk.toString("utf8");
      };
      worker.stdout.on("data", keep);
      worker.stderr.on("data", keep);
      worker.on("message", (progress: Progress) => {
        if (settled || isDone) return;
        if (progress.type === "begin") limitMs = Math.max(usualMs, progress.timeLimitMs ?? 0);
        if (progress.type === "end") limitMs = usualMs;
        expectMore();
        if (progress.type === "begin") running = progress.rule;
        else if (progress.type === "matrix") {
          matrices.push({ seed: progress.seed, value: progress.matrix });
        } else if (progress.type === "stray") stray ??= progress;
        else if (progress.type === "idle") finish("silent");
        else if (progress.type === "done") {
          isDone = true;
          setImmediate(() => finish("done")); // what it has written arrives first
        } else {
          results.push({ seed: progress.seed, value: progress.result });
          running = undefined;
        }
      });
      worker.on("error", (error) => {
        if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") finish("memory");
        else reject(error);
      });
      worker.on("exit", () => finish(isDone ? "done" : "exit"));
      expectMore();
      worker.postMessage({ url: pathToFileURL(file).href, seeds });
    });
  }

  /** Ends all workers; runs under way are never answered. */
  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#busy, ...this.#spares.splice(0)];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function launch(): Worker {
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.unref();
  return worker;
}
