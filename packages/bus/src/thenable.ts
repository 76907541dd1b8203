/** Tells whether `await` would wait for a value: for promises, also of other realms and libraries. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const { then } = (value ?? {}) as Partial<PromiseLike<unknown>>; // any value but null and undefined may be asked
  return typeof then === "function";
}

/** Goes on with a value at once, or with what it promises later. Keeps synchronous ways synchronous. */
export function chain<T>(value: T | PromiseLike<T>, next: (value: T) => unknown): unknown {
  return isThenable(value) ? Promise.resolve(value as PromiseLike<T>).then(next) : next(value as T); // `isThenable` decides
}
