import type { Clock, Scheduler } from "@counterpoint/events";
import type { Follower, Lease } from "./follower.ts";
import type { ProgressStore } from "./progress-store.ts";

export interface LeaseOptions {
  readonly store: ProgressStore;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly owner: string;
  readonly leaseMs: number;
}

/**
 * Takes, prolongs and gives back the lease on one partition. It asks the store three times in the life of a lease, by the
 * clock of this process, which need not agree with that of the store.
 */
export class LeaseHolder {
  readonly #follower: Follower;
  readonly #partition: number;
  readonly #options: LeaseOptions;
  readonly #learn: (lease: Lease) => void;
  #lease: Lease | undefined;
  #askedAtMs = 0;
  #mustAsk = true;

  /** @param learn - Hears what the store says about the partition with each answer that brings a lease. */
  constructor(
    follower: Follower,
    partition: number,
    options: LeaseOptions,
    learn: (lease: Lease) => void,
  ) {
    this.#follower = follower;
    this.#partition = partition;
    this.#options = options;
    this.#learn = learn;
  }

  /** The lease, as far as this process knows. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Whether somebody has asked to look again since the store was asked last. */
  get isDoubtful(): boolean {
    return this.#mustAsk;
  }

  /** Milliseconds after which the store should be asked again. */
  get restMs(): number {
    return this.#options.leaseMs / 3;
  }

  /**
   * @param mayTake - Whether to take a lease that nobody holds.
   * @returns The lease, taken or prolonged when it is time to; `undefined` when somebody else has it.
   */
  async hold(mayTake: boolean): Promise<Lease | undefined> {
    while (this.#isDue()) {
      this.#mustAsk = false;
      const before = this.#lease;
      const lease = await this.#ask(before, mayTake);
      if (this.#lease === before) this.#lease = lease;
      if (this.#mustAsk) continue; // the answer may be older than the wish for one
      this.#askedAtMs = this.#options.clock.now();
      if (lease) this.#learn(lease);
    }
    return this.#lease;
  }

  /** Prolongs the lease if there is one, and it is time to. A store that fails changes nothing: the lease may run out. */
  async keep(): Promise<void> {
    if (this.#lease) await this.hold(false).catch(() => {});
  }

  /** Runs a step under the lease and prolongs it meanwhile, so that a step that takes long does not lose it. */
  async during<T>(step: () => Promise<T>): Promise<T> {
    let timer: Disposable | undefined;
    let isOver = false;
    const wait = (): void => {
      timer = this.#options.scheduler.after(this.restMs, () => void prolong());
    };
    const prolong = async (): Promise<void> => {
      await this.#prolong().catch(() => {}); // the store is asked again before long
      if (!isOver) wait();
    };
    wait();
    try {
      return await step();
    } finally {
      isOver = true;
      timer?.[Symbol.dispose]();
    }
  }

  /** Makes the next `hold` ask the store, whatever the time. */
  askAgain(): void {
    this.#mustAsk = true;
  }

  /** Forgets the lease: the store says, or somebody knows, that it is lost. */
  drop(): void {
    this.#lease = undefined;
    this.#mustAsk = true;
  }

  /** Gives the lease back. If that fails, it runs out by itself. */
  async release(): Promise<void> {
    const lease = this.#lease;
    this.drop();
    if (lease) await this.#options.store.release(lease).catch(() => {});
  }

  async #prolong(): Promise<void> {
    const before = this.#lease;
    if (!before) return;
    const lease = await this.#options.store.renew(before, this.#options.leaseMs);
    if (this.#lease !== before) return;
    this.#lease = lease;
    this.#askedAtMs = this.#options.clock.now();
    if (!lease) this.#mustAsk = true;
  }

  async #ask(before: Lease | undefined, mayTake: boolean): Promise<Lease | undefined> {
    const { store, owner, leaseMs } = this.#options;
    if (before) return store.renew(before, leaseMs);
    if (!mayTake) return undefined;
    return store.acquire(this.#follower, { partition: this.#partition, owner, leaseMs });
  }

  /** A clock that was put back must not keep a lease from being prolonged. */
  #isDue(): boolean {
    const sinceMs = this.#options.clock.now() - this.#askedAtMs;
    return this.#mustAsk || sinceMs < 0 || sinceMs >= this.restMs;
  }
}
