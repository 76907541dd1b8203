const WINDOW_S = 10;

/** Measures how many events were handled lately, second by second, in constant room. */
export class Throughput {
  readonly #seconds = new Map<number, number>();

  add(events: number, nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + events);
    this.#forget(second);
  }

  /** @returns Events per second over the last ten seconds, or since the first of them in which there were any. */
  perSecond(nowMs: number): number {
    const second = Math.floor(nowMs / 1_000);
    this.#forget(second);
    const [first] = this.#seconds.keys();
    if (first === undefined) return 0;
    const events = [...this.#seconds.values()].reduce((sum, each) => sum + each, 0);
    return Math.round(events / Math.max(1, nowMs / 1_000 - first));
  }

  /** A clock that was put back leaves seconds of the future behind: they are as old as those that have passed. */
  #forget(now: number): void {
    for (const second of this.#seconds.keys()) {
      if (second <= now - WINDOW_S || second > now) this.#seconds.delete(second);
    }
  }
}
