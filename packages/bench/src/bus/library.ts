/** What every message of the benchmark carries; no interface, since some libraries demand an index signature. */
export type Payload = { readonly n: number };

/** Counts what handlers received, so that no work can be left out, by a compiler or by a library. */
export const received = { total: 0 };

/** Answers a command or query. */
export async function handle(payload: Payload): Promise<Payload> {
  received.total += payload.n;
  return payload;
}

/** Reacts to an event, with a promise. */
export async function hear(payload: Payload): Promise<void> {
  received.total += payload.n;
}

/** Reacts to an event, at once. */
export function hearNow(payload: Payload): void {
  received.total += payload.n;
}

/** Reacts to an event. */
export type Subscriber = typeof hear | typeof hearNow;

/** Makes a message of a type and sends it. What is awaited is the library's own answer. */
export type Send = (payload: Payload, type: number) => unknown;

/** A library, set up for each task as its documentation says. A task that it has nothing for is missing. */
export interface Library {
  /** `types` commands, `Command0` and so on, all handled by `handle`. */
  readonly command?: (types: number) => Send | Promise<Send>;
  readonly query?: () => Send | Promise<Send>;
  readonly publish?: (subscribers: readonly Subscriber[]) => Send | Promise<Send>;
  /** One command behind three middlewares that hand on. */
  readonly layered?: () => Send | Promise<Send>;
}

/** Names `count` types of messages. */
export function typeNames(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}${index}`);
}
