const WINDOW_MS = 10_000;

/** Measures how many events were handled lately. */
export class Throughput {
  #steps: { readonly atMs: number; readonly events: number }[] = [];

  add(events: number, nowMs: number): void {
    this.#steps.push({ atMs: nowMs, events });
    this.#forget(nowMs);
  }

  /** @returns Events per second over the last ten seconds, or since the first step if that is less. */
  perSecond(nowMs: number): number {
    this.#forget(nowMs);
    const first = this.#steps[0];
    if (!first) return 0;
    const events = this.#steps.reduce((sum, step) => sum + step.events, 0);
    return Math.round((events * 1000) / Math.max(1_000, nowMs - first.atMs));
  }

  #forget(nowMs: number): void {
    if (this.#steps.length < 2 || this.#steps[0]!.atMs > nowMs - WINDOW_MS) return; // the length says that there is one
    this.#steps = this.#steps.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
  }
}
