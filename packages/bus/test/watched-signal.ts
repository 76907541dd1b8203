/** A signal that tells how many listeners it has. */
export interface WatchedSignal {
  readonly signal: AbortSignal;
  readonly listeners: number;
  abort(reason: unknown): void;
}

export function watchedSignal(): WatchedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: never, options?: never) => {
    listeners.add(listener);
    addEventListener.call(signal, type, listener, options);
  };
  signal.removeEventListener = (type: string, listener: never, options?: never) => {
    listeners.delete(listener);
    removeEventListener.call(signal, type, listener, options);
  };
  return {
    signal,
    get listeners() {
      return listeners.size;
    },
    abort(reason) {
      listeners.clear(); // an abort comes once
      controller.abort(reason);
    },
  };
}
