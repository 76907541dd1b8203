/** Tells whether `await` would wait for a value: also for promises of other realms and libraries. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function" // any value may be asked for a property, but null and undefined
  );
}

/** Goes on with a value at once, or with what it promises later. Keeps synchronous ways synchronous. */
export function chain<T>(value: T | PromiseLike<T>, next: (value: T) => unknown): unknown {
  return isThenable(value) ? Promise.resolve(value as PromiseLike<T>).then(next) : next(value as T); // `isThenable` decides
}
