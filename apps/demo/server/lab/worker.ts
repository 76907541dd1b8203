import type { Projector } from "@counterpoint/read-model";
import type { MortalStore } from "./mortal-store.ts";

interface WorkerOptions {
  /** What people call it. */
  readonly name: string;
  /** What the store calls it; unique among all processes. */
  readonly owner: string;
  readonly projector: Projector;
  readonly mortal: MortalStore;
}

/** One worker of the crew: a projector with its own connection to the store, which can be cut. */
export class Worker {
  readonly name: string;
  readonly owner: string;
  readonly projector: Projector;
  readonly #mortal: MortalStore;
  readonly #waiting = new Set<() => void>();
  /** Settles when it follows the log. */
  ready: Promise<void> = Promise.resolve();

  constructor({ name, owner, projector, mortal }: WorkerOptions) {
    this.name = name;
    this.owner = owner;
    this.projector = projector;
    this.#mortal = mortal;
  }

  start(): Promise<void> {
    this.ready = this.projector.start();
    return this.ready;
  }

  /** Ends without a trace, as `kill -9` would: the lease is not given back. */
  die(): void {
    this.#mortal.die();
    this.sendAway();
  }

  /** Sends all who wait here to somebody else. */
  sendAway(): void {
    for (const leave of this.#waiting) leave();
    this.#waiting.clear();
  }

  /** Has the worker do something. @returns `false` when it has died or gone before that was done: ask another one. */
  async attempt(work: (projector: Projector) => Promise<void>): Promise<boolean> {
    await this.ready;
    return new Promise((resolve, reject) => {
      const leave = (): void => resolve(false);
      this.#waiting.add(leave);
      work(this.projector)
        .then(() => resolve(true), reject)
        .finally(() => this.#waiting.delete(leave));
    });
  }
}
