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
  #isGone = false;
  /** Settles when it follows the log. */
  ready: Promise<void> = Promise.resolve();

  constructor({ name, owner, projector, mortal }: WorkerOptions) {
    this.name = name;
    this.owner = owner;
    this.projector = projector;
    this.#mortal = mortal;
  }

  start(): Promise<void> {
    this.ready = new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      this.projector
        .start()
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(resolve));
    });
    return this.ready;
  }

  /** Ends after the step under way, unless that step is its last. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve);
      this.projector.stop().then(resolve, reject);
    });
  }

  /** Ends without a trace, as `kill -9` would: the lease is not given back. */
  die(): void {
    this.#mortal.die();
    this.sendAway();
  }

  /** Sends all who wait here, or come later, to somebody else. */
  sendAway(): void {
    this.#isGone = true;
    for (const leave of this.#waiting) leave();
    this.#waiting.clear();
  }

  /**
   * Has the worker do something. Whatever it is asked, it may die meanwhile, and the dead never answer.
   *
   * @returns What came of it; `undefined` when the worker has died or gone before: ask another one.
   */
  async attempt<T>(
    work: (projector: Projector) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    await this.ready;
    if (this.#isGone) return undefined;
    return new Promise((resolve, reject) => {
      const leave = (): void => resolve(undefined);
      this.#waiting.add(leave);
      work(this.projector)
        .then((result) => resolve({ result }), reject)
        .finally(() => this.#waiting.delete(leave));
    });
  }
}
