import type { Scheduler } from "@counterpoint/events";

/** Waits until the time is up or somebody wakes it; a call to wake is not lost when nobody waits yet. */
export class Idle {
  readonly #scheduler: Scheduler;
  #woken = false;
  #end: (() => void) | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Forgets earlier calls to wake; call it before looking whether there is something to do. */
  reset(): void {
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  /** @param ms - Milliseconds ≥ 0; `Infinity` waits to be woken. */
  wait(ms: number): Promise<void> {
    if (this.#woken) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer?.[Symbol.dispose]();
        this.#end = undefined;
        resolve();
      };
      const timer = ms === Infinity ? undefined : this.#scheduler.after(ms, end);
      this.#end = end;
    });
  }
}
