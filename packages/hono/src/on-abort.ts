const LISTENERS = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts.
 *
 * However many wait for one signal, the signal itself sees one listener: a server's signal has one per open stream, and
 * Node warns of a leak from the eleventh on.
 *
 * @returns Disposing before that takes the listener away.
 */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  const listeners = LISTENERS.get(signal) ?? listenTo(signal);
  listeners.add(listener);
  return { [Symbol.dispose]: () => void listeners.delete(listener) };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  LISTENERS.set(signal, listeners);
  signal.addEventListener("abort", () => listeners.forEach((listener) => listener()), {
    once: true,
  });
  return listeners;
}
