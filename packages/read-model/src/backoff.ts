/** Rests after failures, in slices short enough for the lease to be kept meanwhile. */
export class Backoff {
  readonly #delayMs: (attempt: number) => number;
  readonly #sliceMs: number;
  #failures = 0;
  #leftMs = 0;

  constructor(delayMs: (attempt: number) => number, sliceMs: number) {
    this.#delayMs = delayMs;
    this.#sliceMs = sliceMs;
  }

  /** Whether there is some time left to rest. */
  get isResting(): boolean {
    return this.#leftMs > 0;
  }

  /** Notes a failure. @returns How many there were in a row. */
  failed(): number {
    return ++this.#failures;
  }

  /** Begins to rest as befits so many failures. */
  begin(attempts: number): void {
    this.#leftMs = this.#delayMs(attempts);
  }

  /** @returns Milliseconds of the next slice. */
  slice(): number {
    const ms = Math.min(this.#leftMs, this.#sliceMs);
    this.#leftMs -= ms;
    return ms;
  }

  /** All is well, or is to be tried afresh. */
  end(): void {
    this.#failures = 0;
    this.#leftMs = 0;
  }
}
