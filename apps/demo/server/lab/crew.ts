import type { Clock, Scheduler } from "@counterpoint/events";
import type {
  Lease,
  Projection,
  ProjectionBatch,
  Projector,
  ProjectorStatus,
} from "@counterpoint/read-model";
import { createProjector } from "@counterpoint/read-model";
import type { Crash, FaultCounts, Faults } from "./faults.ts";
import { noCounts } from "./faults.ts";
import { LabError } from "./lab-error.ts";
import type { ProjectorStore } from "./mortal-store.ts";
import { createMortalStore } from "./mortal-store.ts";
import { Worker } from "./worker.ts";

export const POLICIES = ["stop", "park", "skip"] as const;

export type PoisonPolicy = (typeof POLICIES)[number];

/** The end of a worker, and what became of its work. */
export interface Death {
  readonly how: "crashed before" | "crashed after" | "killed";
  readonly worker: string;
  readonly at_ms: number;
  /** The batch that was under way. */
  readonly batch: { readonly from: number; readonly to: number; readonly events: number } | null;
  /** What the store had as the checkpoint right after; `null` until it has answered. */
  readonly checkpoint: number | null;
  /** Who took the lease next. */
  readonly successor: {
    readonly worker: string;
    readonly after_ms: number;
    /** The checkpoint from which it goes on. */
    readonly from: number;
  } | null;
  /** How many events of the batch the successor has applied. */
  readonly applied_by_successor: number;
}

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

const LEASE_MS = 2_000;
const MOST_WORKERS = 3;
/** Small batches, so that a rebuild has steps to watch. */
const BATCH_SIZE = 100;
const RESTART_MS = 1_000;
const LOOK_MS = 50;

/**
 * Runs several projectors over one store, as several processes would, and lets them die.
 *
 * To everybody else the crew is a projector: those who wait at a worker that dies wait on at the next one. A worker that
 * crashes is replaced at once, as a supervisor would, by one that knows nothing but what the store knows.
 */
export class Crew implements Projector {
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
  #death: Death | undefined;
  #counts = noCounts();
  /** The furthest position that was applied; what is applied again lies below. */
  #furthest = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#delayMs = options.delayMs;
    const { store, projection, clock, scheduler, delayMs } = options;
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

  get counts(): FaultCounts {
    return this.#counts;
  }

  /** How the last worker that died came to its end. */
  get lastDeath(): Death | undefined {
    return this.#death;
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
    if (isReplay) this.#furthest = 0;
    for (;;) {
      const worker = this.#speaker();
      if (!worker) return this.#office.rebuild(name, options);
      if (await worker.attempt((projector) => projector.rebuild(name, options))) break;
      if (!isReplay) return this.#replaced();
    }
    if (isReplay) this.#furthest = 0; // a batch of before may have come in between
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
    this.#death = undefined;
    this.#counts = noCounts();
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
    const { store, projection, faults, clock, scheduler, createId } = this.#options;
    const owner = createId();
    const mortal = createMortalStore(store, {
      faults,
      scheduler,
      witness: {
        crashed: (batch, when) => this.#crashed(worker, batch, when),
        applied: (batch) => this.#applied(batch),
        deliveredTwice: (_batch, isRefused) =>
          this.#count({
            batches_delivered_twice: 1,
            second_deliveries_refused: isRefused ? 1 : 0,
          }),
        wakeUp: (fate) =>
          this.#count(fate === "late" ? { wake_ups_late: 1 } : { wake_ups_dropped: 1 }),
        leads: (lease) => this.#leads(worker, lease),
      },
    });
    const projector = createProjector(mortal.store, {
      projections: [{ projection, poison: this.#policy }],
      ...{ clock, scheduler, owner, delayMs: this.#delayMs },
      ...{ leaseMs: LEASE_MS, batchSize: BATCH_SIZE },
    });
    if (this.#isPaused) projector.pause();
    projector.onChange(() => this.changed());
    const worker = new Worker({ name, owner, projector, mortal });
    return worker;
  }

  #crashed(worker: Worker, batch: ProjectionBatch, when: Exclude<Crash, "never">): void {
    this.#bury(worker, `crashed ${when}`, batch);
    worker.sendAway();
  }

  /** Takes the dead one off the list. The last one is replaced at once. */
  #bury(worker: Worker, how: Death["how"], batch: ProjectionBatch | undefined): void {
    const { clock, store, projection } = this.#options;
    const death: Death = {
      ...{ how, worker: worker.name, at_ms: clock.now() },
      ...{ checkpoint: null, successor: null, applied_by_successor: 0 },
      batch: batch ? { from: batch.from, to: batch.to, events: batch.events.length } : null,
    };
    this.#death = death;
    this.#leader = undefined;
    this.#workers = this.#workers.filter((one) => one !== worker);
    void store.loadCheckpoint(projection).then(
      (checkpoint) => this.#told(death.at_ms, { checkpoint }),
      () => {}, // the store does not answer: then nobody knows
    );
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

  #leads(worker: Worker, { name, position }: Lease): void {
    if (name !== this.#options.projection.name) return;
    this.#leader = worker.owner;
    const death = this.#death;
    if (death?.successor === null) {
      const after_ms = this.#options.clock.now() - death.at_ms;
      this.#told(death.at_ms, { successor: { worker: worker.name, after_ms, from: position } });
    }
    this.changed();
  }

  #told(at_ms: number, news: Partial<Death>): void {
    if (this.#death?.at_ms !== at_ms) return;
    this.#death = { ...this.#death, ...news };
    this.changed();
  }

  #applied({ projection, events }: ProjectionBatch): void {
    if (projection.name !== this.#options.projection.name) return;
    const again = events.filter(({ position }) => position <= this.#furthest).length;
    this.#furthest = Math.max(this.#furthest, events.at(-1)?.position ?? 0);
    this.#count({ events_applied: events.length, events_applied_twice: again });
    const { batch, successor, at_ms, applied_by_successor } = this.#death ?? {};
    if (!batch || !successor || at_ms === undefined) return;
    const own = events.filter(({ position }) => position > batch.from && position <= batch.to);
    if (own.length === 0) return;
    this.#told(at_ms, { applied_by_successor: (applied_by_successor ?? 0) + own.length });
  }

  #count(more: Partial<FaultCounts>): void {
    const counts = { ...this.#counts };
    for (const [name, number] of Object.entries(more)) {
      counts[name as keyof FaultCounts] += number; // its own keys, as the type says
    }
    this.#counts = counts;
    this.changed();
  }
}

/** The name under which the projector builds what will take the place of a read model. */
export function replacementOf({ name, version }: Pick<Projection, "name" | "version">): string {
  return `${name}__next${version}`;
}
