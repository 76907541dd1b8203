import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import type { Effort } from "./effort.ts";
import type { Answer, Measured, Request, Settings } from "./worker.ts";

/** Who takes part. */
export interface Entrant {
  readonly name: string;
  /** The name under which the worker knows it. Default: `name`. */
  readonly contender?: string;
  readonly settings?: Settings;
}

export interface CompareOptions {
  /** The bundle that serves the entrants. */
  readonly worker: string;
  readonly entrants: readonly Entrant[];
  readonly effort: Effort;
  readonly settings?: Settings;
  /** How much work a turn is. Default: as much as fits into the effort's `turnMs`, found by trying. */
  readonly count?: number;
  /** How much work to do before it counts. Default: `count`, the effort's `warmUpMs`. */
  readonly warmUp?: number;
  readonly rounds?: number;
  /** Options for Node. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of a comparison. */
export interface Compared {
  /** By name, then by metric, one per round. */
  readonly samples: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
  /** Who could not take part, and why. */
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * Lets contenders take turns, each in a process of its own, so that none inherits another's state and all meet the same
 * weather: in each round everyone has one turn, alone, and each round begins with another one.
 */
export async function compare(options: CompareOptions): Promise<Compared> {
  const { effort, rounds = effort.rounds } = options;
  const failures = new Map<string, string>();
  const samples = new Map<string, Map<string, number[]>>();
  const players = options.entrants.map((entrant) => new Player(entrant, options));
  try {
    await Promise.all(
      players.map((player) =>
        player.prepare().catch((error: unknown) => failures.set(player.name, firstLine(error))),
      ),
    );
    for (const player of players) {
      if (failures.has(player.name)) continue;
      try {
        await player.warmUp();
        samples.set(player.name, new Map());
      } catch (error) {
        failures.set(player.name, firstLine(error));
      }
    }
    const ready = players.filter(({ name }) => samples.has(name));
    for (let round = 0; round < rounds; round++) {
      for (const turn of ready.keys()) {
        const player = ready[(turn + round) % ready.length]!; // a modulus within the list
        if (failures.has(player.name)) continue;
        try {
          record(samples.get(player.name)!, await player.play());
        } catch (error) {
          failures.set(player.name, firstLine(error));
          samples.delete(player.name);
        }
      }
    }
  } finally {
    await Promise.all(players.map((player) => player.stop()));
  }
  return { samples, failures };
}

/**
 * Does the same several times with new processes, and joins what they measured: what a compiler makes of code differs
 * from one process to the next, and stays as it is within one.
 */
export async function compareLaunches(
  launches: number,
  options: CompareOptions,
): Promise<Compared> {
  const samples = new Map<string, Map<string, number[]>>();
  const failures = new Map<string, string>();
  for (let launch = 0; launch < launches; launch++) {
    const compared = await compare(options);
    for (const [name, why] of compared.failures) failures.set(name, why);
    for (const [name, metrics] of compared.samples) {
      const joined = samples.get(name) ?? new Map<string, number[]>();
      for (const [key, values] of metrics) {
        joined.set(key, [...(joined.get(key) ?? []), ...values]);
      }
      samples.set(name, joined);
    }
  }
  for (const name of failures.keys()) samples.delete(name); // rounds would no longer be the same for all
  return { samples, failures };
}

/** Picks one metric of a comparison. */
export function metric(
  { samples }: Compared,
  name: string,
): ReadonlyMap<string, readonly number[]> {
  const picked = [...samples].flatMap(([entrant, metrics]) => {
    const values = metrics.get(name);
    return values && values.length > 0 ? [[entrant, values] as const] : [];
  });
  return new Map(picked);
}

/** Says who could not take part, as notes of a table. */
export function failureNotes({ failures }: Compared): string[] {
  return [...failures].map(([name, why]) => `${name} could not take part: ${why}`);
}

function record(metrics: Map<string, number[]>, measured: Measured): void {
  for (const [name, value] of Object.entries(measured)) {
    const values = metrics.get(name) ?? [];
    values.push(value);
    metrics.set(name, values);
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}

/** One contender in its process. */
class Player {
  readonly name: string;
  readonly #options: CompareOptions;
  readonly #entrant: Entrant;
  readonly #process: ChildProcess;
  #count: number;
  /** The last of what it wrote to stderr. */
  #words = "";

  constructor(entrant: Entrant, options: CompareOptions) {
    this.name = entrant.name;
    this.#entrant = entrant;
    this.#options = options;
    this.#count = options.count ?? 1;
    this.#process = fork(options.worker, {
      execArgv: [...(options.flags ?? [])],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, ...options.env },
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-1_000);
    });
  }

  async prepare(): Promise<void> {
    const { settings = {} } = this.#options;
    await this.#ask({
      ask: "prepare",
      contender: this.#entrant.contender ?? this.name,
      settings: { ...settings, ...this.#entrant.settings },
    });
  }

  async warmUp(): Promise<void> {
    const { count, warmUp, effort } = this.#options;
    if (count !== undefined) {
      if (warmUp !== 0) await this.#ask({ ask: "measure", count: warmUp ?? count });
      return;
    }
    let spentMs = 0;
    for (let fits = false; !fits || spentMs < effort.warmUpMs;) {
      const { ns = 0 } = await this.#ask({ ask: "measure", count: this.#count });
      spentMs += (ns * this.#count) / 1e6;
      const fitting = Math.max(1, Math.round((effort.turnMs * 1e6) / Math.max(ns, 1)));
      fits = this.#count >= fitting / 2;
      this.#count = Math.min(fitting, this.#count * 8);
    }
  }

  play(): Promise<Measured> {
    return this.#ask({ ask: "measure", count: this.#count });
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) resolve();
      else this.#process.once("exit", () => resolve());
    });
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await this.#ask({ ask: "stop" }).catch(() => this.#process.kill("SIGKILL"));
    await gone;
    clearTimeout(late);
  }

  #ask(request: Request): Promise<Measured> {
    const child = this.#process;
    if (!child.connected) return Promise.reject(new Error("its process is gone"));
    return new Promise((resolve, reject) => {
      const done = (): void => void child.off("message", onMessage).off("exit", onExit);
      const onMessage = (answer: Answer): void => {
        done();
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.measured);
      };
      const onExit = (code: number | null): void => {
        done();
        reject(new Error(`its process ended with ${String(code)}: ${this.#words.trim()}`));
      };
      child.on("message", onMessage).on("exit", onExit);
      child.send(request);
    });
  }
}
