import type { Scheduler } from "@counterpoint/events";
import { LabError } from "../lab-error.ts";
import type { Distribution } from "./distribution.ts";
import { distributionOf } from "./distribution.ts";
import type { BurstCommand } from "./plan.ts";
import { createBurstPlan } from "./plan.ts";

/** A burst, under way or over. */
export interface BurstStatus {
  /** `settling`: all is sent, and the eventual model has not applied all of it yet. */
  readonly state: "running" | "settling" | "done" | "cancelled" | "failed";
  /** How many projections are applied in the transaction of each command. */
  readonly inline: number;
  readonly wanted: number;
  readonly accepted: number;
  readonly refused: number;
  readonly ms: number;
  /** How long the commands took, from the bus to the answer. */
  readonly latency: Distribution;
  /** How long after its answer each command was to be seen in the eventual model. */
  readonly lag: Distribution;
  /** Why it failed, or why the first command was refused. */
  readonly error: string | null;
}

/** Where the commands of a burst go. */
export interface BurstTarget {
  /** @returns The token of the write, and the user it has made, if any. */
  dispatch(command: BurstCommand): Promise<{ readonly token: string; readonly userId?: string }>;
  /** Resolves when the eventual model shows the write. */
  applied(token: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface BurstsOptions {
  readonly scheduler: Scheduler;
  /** Reads a clock finer than milliseconds. */
  readonly nowMs: () => number;
  readonly changed: () => void;
}

interface Burst {
  readonly wanted: number;
  readonly inline: number;
  readonly beganAtMs: number;
  readonly latenciesMs: number[];
  readonly lagsMs: number[];
  accepted: number;
  refused: number;
  /** Why the first command was refused. */
  refusal?: string;
}

const SENDERS = 8;
/** At most so many begin in a second: an open tap, so that a slow answer does not hide behind fewer questions. */
const PER_SECOND = 500;
const TELL_MS = 100;

/** Runs bursts of commands, one at a time, and measures what they cost on either side. */
export class Bursts {
  readonly #options: BurstsOptions;
  readonly #results = new Map<number, BurstStatus>();
  #status: BurstStatus | undefined;
  #cancel: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: BurstsOptions) {
    this.#options = options;
  }

  get status(): BurstStatus | undefined {
    return this.#status;
  }

  /** The last whole burst with each number of inline projections, in the order of that number. */
  get results(): readonly BurstStatus[] {
    return [...this.#results.values()].toSorted((a, b) => a.inline - b.inline);
  }

  /** Resolves when it has begun. @throws {LabError} `BURST_UNDER_WAY` */
  async start(
    { commands, inline }: { readonly commands: number; readonly inline: number },
    open: () => Promise<BurstTarget>,
  ): Promise<void> {
    if (this.#cancel) throw new LabError("BURST_UNDER_WAY");
    const cancel = new AbortController();
    this.#cancel = cancel;
    const opening = open();
    this.#ended = opening.then(
      () => {},
      () => {},
    );
    let target: BurstTarget;
    try {
      target = await opening;
    } catch (error) {
      this.#cancel = undefined;
      throw error;
    }
    const burst: Burst = {
      ...{ wanted: commands, inline, beganAtMs: this.#options.nowMs() },
      ...{ latenciesMs: [], lagsMs: [], accepted: 0, refused: 0 },
    };
    this.#tell(burst, "running");
    this.#ended = this.#run(burst, target, cancel.signal);
  }

  cancel(): void {
    this.#cancel?.abort();
  }

  /** Ends what is under way. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.cancel();
    while (this.#cancel) await this.#ended; // first what opens, then what runs
  }

  async #run(burst: Burst, target: BurstTarget, signal: AbortSignal): Promise<void> {
    let phase: BurstStatus["state"] = "running";
    const ticking = this.#tick(() => this.#tell(burst, phase));
    const lags = new LagMeter(burst, target, this.#options.nowMs);
    const measured = lags.run(signal);
    const sent = Promise.all(
      Array.from({ length: SENDERS }, () => this.#send(burst, target, lags, signal)),
    );
    let error: unknown;
    let end: "done" | "cancelled" | "failed" = "done";
    try {
      await Promise.race([sent, measured]); // whichever fails ends both
      await sent;
      phase = "settling";
      lags.end();
      await measured;
      if (signal.aborted) end = "cancelled";
    } catch (thrown) {
      error = thrown;
      end = signal.aborted ? "cancelled" : "failed";
      this.cancel(); // the other half
      await Promise.allSettled([sent, measured]);
    }
    ticking[Symbol.dispose]();
    await target.close().catch((thrown: unknown) => (error ??= thrown));
    this.#cancel = undefined; // only now may another begin, and nobody is told of the end before
    this.#tell(burst, end, end === "failed" ? error : undefined);
    if (end === "done" && this.#status) this.#results.set(burst.inline, this.#status);
  }

  async #send(
    burst: Burst,
    target: BurstTarget,
    lags: LagMeter,
    signal: AbortSignal,
  ): Promise<void> {
    const { nowMs } = this.#options;
    const plan = createBurstPlan();
    for (;;) {
      const number = ++lags.begun;
      if (number > burst.wanted || signal.aborted) return;
      const dueInMs = burst.beganAtMs + (number * 1_000) / PER_SECOND - nowMs();
      await this.#pause(Math.max(0, dueInMs));
      if (signal.aborted) return;
      const beganAtMs = nowMs();
      const answer = await target.dispatch(plan.next(number)).catch((error: unknown) => {
        burst.refused++;
        burst.refusal ??= reasonOf(error);
      });
      const doneAtMs = nowMs();
      if (!answer) continue;
      burst.accepted++;
      burst.latenciesMs.push(doneAtMs - beganAtMs);
      lags.add({ token: answer.token, doneAtMs });
      if (answer.userId !== undefined) plan.created(answer.userId);
    }
  }

  #tell(burst: Burst, state: BurstStatus["state"], error?: unknown): void {
    const { wanted, inline, beganAtMs, accepted, refused, refusal, latenciesMs, lagsMs } = burst;
    this.#status = {
      ...{ state, inline, wanted, accepted, refused },
      ms: this.#options.nowMs() - beganAtMs,
      latency: distributionOf(latenciesMs),
      lag: distributionOf(lagsMs),
      error: error === undefined ? (refusal ?? null) : reasonOf(error),
    };
    this.#options.changed();
  }

  #tick(act: () => void): Disposable {
    let timer: Disposable | undefined;
    const wait = (): void => {
      timer = this.#options.scheduler.after(TELL_MS, () => {
        act();
        wait();
      });
    };
    wait();
    return { [Symbol.dispose]: () => timer?.[Symbol.dispose]() };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.scheduler.after(ms, resolve));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Written {
  readonly token: string;
  readonly doneAtMs: number;
}

/** Waits for one write after the other to be seen in the eventual model, and notes how long that took. */
class LagMeter {
  readonly #burst: Burst;
  readonly #target: BurstTarget;
  readonly #nowMs: () => number;
  #written: Written[] = [];
  #isOver = false;
  #wake: (() => void) | undefined;
  /** How many commands were begun. */
  begun = 0;

  constructor(burst: Burst, target: BurstTarget, nowMs: () => number) {
    this.#burst = burst;
    this.#target = target;
    this.#nowMs = nowMs;
  }

  add(written: Written): void {
    this.#written.push(written);
    this.#wake?.();
  }

  /** Nothing more will be added. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.end(), { once: true });
    while (!signal.aborted) {
      const written = this.#written;
      this.#written = [];
      for (const { token, doneAtMs } of written) {
        if (signal.aborted) return;
        await this.#target.applied(token, signal);
        this.#burst.lagsMs.push(Math.max(0, this.#nowMs() - doneAtMs));
      }
      if (this.#written.length > 0) continue;
      if (this.#isOver) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
