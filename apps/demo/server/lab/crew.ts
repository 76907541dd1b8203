import type { Clock, Scheduler } from "@counterpoint/events";
import type {
  Lease,
  Projection,
  ProjectionBatch,
  Projector,
  ProjectorStatus,
} from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import type { Death } from "./chronicle.ts";
import { Chronicle } from "./chronicle.ts";
import type { Crash, Faults, PoisonPolicy } from "./faults.ts";
import { LabError } from "./lab-error.ts";
import type { ProjectorStore } from "./mortal-store.ts";
import { replacementOf } from "./rebuilds.ts";
import { recruit } from "./recruit.ts";
import type { Worker } from "./worker.ts";

export interface CrewOptions {
  readonly store: ProjectorStore;
  /** What the crew keeps up to date. */
  readonly projection: Projection;
  readonly faults: Faults;
  readonly delayMs: number;
  readonly createId: () => string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

/** A worker as people see it. */
export interface WorkerStatus {
  readonly name: string;
  /** Whether it holds the lease, and so is the one that applies events. */
  readonly leads: boolean;
}

const MOST_WORKERS = 3;
const RESTART_MS = 1_000;
const LOOK_MS = 50;

/**
 * Runs several projectors over one store, as several processes would, and lets them die.
 *
 * To everybody else the crew is a projector: those who wait at a worker that dies wait on at the next one. A worker that
 * crashes is replaced at once, as a supervisor would, by one that knows nothing but what the store knows.
 */
export class Crew implements Projector {
  /** What has happened to the workers. */
  readonly chronicle: Chronicle;
  readonly #options: CrewOptions;
  /** Never started: it knows what the store knows, when nobody else is there to ask. */
  readonly #office: Projector;
  readonly #listeners = new Set<{ readonly listener: () => void }>();
  #workers: readonly Worker[] = [];
  #lastNumber = 0;
  #leader: string | undefined;
  #delayMs: number;
  #policy: PoisonPolicy = "stop";
  #isPaused = false;
  #isStarted = false;
  /** What ends with the crew. */
  #alsoStop: (() => Promise<void>) | undefined;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#delayMs = options.delayMs;
    const { store, projection, clock, scheduler, delayMs } = options;
    this.chronicle = new Chronicle({
      ...{ clock, projection: projection.name, changed: () => this.changed() },
      loadCheckpoint: () => store.loadCheckpoint(projection),
    });
    this.#office = createProjector(store, {
      projections: [projection],
      ...{ clock, scheduler, delayMs },
    });
  }

  get deadLetters(): Projector["deadLetters"] {
    return this.#office.deadLetters;
  }

  get policy(): PoisonPolicy {
    return this.#policy;
  }

  get workers(): readonly WorkerStatus[] {
    return this.#workers.map(({ name, owner }) => ({ name, leads: owner === this.#leader }));
  }

  async start(): Promise<void> {
    this.#isStarted = true;
    if (this.#workers.length === 0) this.#workers = [this.#recruit()];
    await Promise.all(this.#workers.map((worker) => worker.start()));
  }

  async stop(): Promise<void> {
    this.#isStarted = false;
    await this.#alsoStop?.();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  /** Stops something else first, whenever the crew is stopped. */
  alsoStop(work: () => Promise<void>): void {
    this.#alsoStop = work;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  pause(): void {
    this.#isPaused = true;
    for (const { projector } of this.#workers) projector.pause();
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    await Promise.all(
      this.#workers.map((worker) => worker.attempt((projector) => projector.resume())),
    );
  }

  setDelay(delayMs: number): void {
    this.#office.setDelay(delayMs);
    this.#delayMs = delayMs;
    for (const { projector } of this.#workers) projector.setDelay(delayMs);
  }

  async waitFor(...[token, options = {}]: Parameters<Projector["waitFor"]>): Promise<void> {
    const { timeoutMs = 2_000 } = options;
    const endsAtMs = this.#options.clock.now() + timeoutMs;
    for (let leftMs = timeoutMs; ; leftMs = Math.max(0, endsAtMs - this.#options.clock.now())) {
      const [worker] = this.#workers;
      if (!worker) return this.#office.waitFor(token, options);
      const wait = { ...options, timeoutMs: leftMs };
      if (await worker.attempt((projector) => projector.waitFor(token, wait))) return;
    }
  }

  /** As the worker sees it that leads; when it has died, as the next one does. */
  async status(): Promise<ProjectorStatus> {
    const speaker = this.#speaker();
    if (!speaker) return this.#office.status();
    const answer = await speaker.attempt((projector) => projector.status());
    if (!answer) return this.status();
    const { result: status } = answer;
    const leader = status.projections[0]?.partitions[0]?.owner;
    const before = this.#leader;
    this.#leader = leader;
    if (leader === before || leader === speaker.owner) return status;
    return this.#workers.some(({ owner }) => owner === leader) ? this.status() : status;
  }

  /** Whoever leads does it. When that worker dies, a rebuild beside is gone on with by the next one, of its own accord. */
  async rebuild(...[name, options]: Parameters<Projector["rebuild"]>): Promise<void> {
    const isReplay = options?.mode !== "beside";
    if (isReplay) this.chronicle.beginsAnew();
    for (;;) {
      const worker = this.#speaker();
      if (!worker) return this.#office.rebuild(name, options);
      if (await worker.attempt((projector) => projector.rebuild(name, options))) break;
      if (!isReplay) return this.#replaced();
    }
    if (isReplay) this.chronicle.beginsAnew(); // a batch of before may have come in between
  }

  /** Resolves when somebody else has put the replacement in its place. */
  async #replaced(): Promise<void> {
    const { store, projection, scheduler } = this.#options;
    const name = replacementOf(projection);
    for (;;) {
      const [progress] = await store.loadProgress({ name });
      if (!progress) return;
      if (progress.halted !== undefined) throw new Error(progress.halted);
      await new Promise<void>((resolve) => void scheduler.after(LOOK_MS, resolve));
    }
  }

  onChange(listener: () => void): Disposable {
    const entry = { listener };
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  changed(): void {
    for (const { listener } of this.#listeners) listener();
  }

  /** Adds a worker that stands by. @throws {LabError} `TOO_MANY_WORKERS` */
  async add(): Promise<string> {
    if (this.#workers.length >= MOST_WORKERS) throw new LabError("TOO_MANY_WORKERS");
    const worker = this.#recruit();
    this.#workers = [...this.#workers, worker];
    await worker.start();
    this.changed();
    return worker.name;
  }

  /**
   * Kills the worker that leads; the others find out when its lease has run out.
   *
   * @throws {LabError} `NO_SUCCESSOR` when it is the only one; `LEADER_ELSEWHERE`.
   */
  async killLeader(): Promise<void> {
    if (this.#workers.length < 2) throw new LabError("NO_SUCCESSOR");
    await this.status(); // learns who leads
    const leader = this.#workers.find(({ owner }) => owner === this.#leader);
    if (!leader) throw new LabError("LEADER_ELSEWHERE");
    this.#bury(leader, "killed", undefined);
    leader.die();
  }

  /** Starts the workers anew with another policy, as a deployment would. */
  async setPolicy(policy: PoisonPolicy): Promise<void> {
    if (policy === this.#policy) return;
    this.#policy = policy;
    await this.#replace(this.#workers.map(({ name }) => name));
  }

  /** Goes back to a single worker with the first settings, and forgets what was. */
  async reset(): Promise<void> {
    const { policy } = this;
    this.#policy = "stop";
    const [first] = this.#workers;
    if (this.#workers.length > 1 || policy !== "stop") {
      await this.#replace([first?.name ?? this.#nextName()]);
    }
    this.chronicle.forget();
    this.changed();
  }

  /** The old ones give their leases back, so that the new ones need not wait. */
  async #replace(names: readonly string[]): Promise<void> {
    const before = this.#workers;
    this.#workers = names.map((name) => this.#recruit(name));
    await Promise.all(
      before.map((worker) => {
        worker.sendAway();
        return worker.stop();
      }),
    );
    if (this.#isStarted) await Promise.all(this.#workers.map((worker) => worker.start()));
    this.changed();
  }

  /** Who leads, as far as is known; else whoever is there. */
  #speaker(): Worker | undefined {
    return this.#workers.find(({ owner }) => owner === this.#leader) ?? this.#workers[0];
  }

  #nextName(): string {
    return `Worker ${++this.#lastNumber}`;
  }

  #recruit(name = this.#nextName()): Worker {
    const worker = recruit({
      ...this.#options,
      ...{ name, policy: this.#policy, delayMs: this.#delayMs, chronicle: this.chronicle },
      changed: () => this.changed(),
      crashed: (dead, batch, when) => this.#crashed(dead, batch, when),
      leads: (leader, lease) => this.#leads(leader, lease),
    });
    if (this.#isPaused) worker.projector.pause();
    return worker;
  }

  #crashed(worker: Worker, batch: ProjectionBatch, when: Exclude<Crash, "never">): void {
    this.#bury(worker, `crashed ${when}`, batch);
    worker.sendAway();
  }

  /** Takes the dead one off the list. The last one is replaced at once. */
  #bury(worker: Worker, how: Death["how"], batch: ProjectionBatch | undefined): void {
    this.chronicle.died(worker.name, how, batch);
    this.#leader = undefined;
    this.#workers = this.#workers.filter((one) => one !== worker);
    if (this.#workers.length === 0 && this.#isStarted) {
      const successor = this.#recruit();
      this.#workers = [successor];
      this.#begin(successor);
    }
    this.changed();
  }

  /** A supervisor does not give up. */
  #begin(worker: Worker): void {
    worker.start().catch(() => {
      this.#options.scheduler.after(RESTART_MS, () => {
        if (this.#isStarted && this.#workers.includes(worker)) this.#begin(worker);
      });
    });
  }

  #leads(worker: Worker, lease: Lease): void {
    if (lease.name !== this.#options.projection.name) return;
    this.#leader = worker.owner;
    this.chronicle.leads(worker.name, lease);
    this.changed();
  }
}
