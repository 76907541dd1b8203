/** Those who want to hear of something: what one of them throws reaches neither the others nor whoever calls them. */
export class Listeners {
  readonly #entries = new Set<{ readonly listener: () => void }>();
  readonly #onError: (error: unknown) => void;

  /**
   * @param onError - Hears what a listener throws. Default: it is thrown where nobody can catch it, as with any other
   * callback (in Node: `uncaughtException`).
   */
  constructor(onError: (error: unknown) => void = throwLater) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Adds a listener, also one that is there already: it is then called twice. */
  add(listener: () => void): Disposable {
    const entry = { listener }; // one per call, so that a listener may be given twice
    this.#entries.add(entry);
    return { [Symbol.dispose]: () => void this.#entries.delete(entry) };
  }

  /** Calls all of them now. */
  call(): void {
    for (const { listener } of this.#entries) this.tell(listener);
  }

  /** Calls each of them in a microtask of its own, but for those that are disposed of until then. */
  callSoon(): void {
    for (const entry of this.#entries) {
      queueMicrotask(() => {
        if (this.#entries.has(entry)) this.tell(entry.listener);
      });
    }
  }

  /** Calls somebody as if they were one of them. */
  tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#onError(error);
    }
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
