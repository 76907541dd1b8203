import type {
  EventLog,
  EventStore,
  EventStoreErrorCode,
  RecordedEvent,
} from "@counterpoint/events";
import { isConcurrencyError, isEventStoreError } from "@counterpoint/events";
import type { ReadModelErrorCode } from "@counterpoint/read-model";
import { isReadModelError } from "@counterpoint/read-model";
import { deepEqual, fail } from "./node.ts";

/** Waits for a rejection that fits, and says what came instead; it may be awaited as late as one likes. */
export function rejectsWith(
  promise: Promise<unknown>,
  fits: (error: unknown) => boolean,
  expected: string,
): Promise<unknown> {
  const verdict = judged(promise, fits, expected);
  verdict.catch(() => {}); // a case that moves time before it awaits the verdict fails, and not the process
  return verdict;
}

async function judged(
  promise: Promise<unknown>,
  fits: (error: unknown) => boolean,
  expected: string,
): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ resolved: true as const }),
    (error: unknown) => ({ resolved: false as const, error }),
  );
  if (outcome.resolved) return fail(`expected ${expected}, but it went through`);
  if (fits(outcome.error)) return outcome.error;
  return fail(`expected ${expected}, but got ${String(outcome.error)}`);
}

export function rejectsWithConflict(
  promise: Promise<unknown>,
  expected: { readonly stream: string; readonly actual: number },
): Promise<unknown> {
  return rejectsWith(
    promise,
    (error) =>
      isConcurrencyError(error) &&
      error.stream === expected.stream &&
      error.actual === expected.actual,
    `a ConcurrencyError for ${expected.stream} at version ${expected.actual}`,
  );
}

export function rejectsWithStoreError(
  promise: Promise<unknown>,
  code: EventStoreErrorCode,
): Promise<unknown> {
  return rejectsWith(promise, (error) => isEventStoreError(error, code), `EventStoreError ${code}`);
}

export function rejectsWithReadError(
  promise: Promise<unknown>,
  code: ReadModelErrorCode,
): Promise<unknown> {
  return rejectsWith(promise, (error) => isReadModelError(error, code), `ReadModelError ${code}`);
}

export function rejectsWithClass(
  promise: Promise<unknown>,
  expected: typeof TypeError | typeof RangeError,
): Promise<unknown> {
  return rejectsWith(promise, (error) => error instanceof expected, `a ${expected.name}`);
}

/** Asserts that not a trace is left of a write that failed. */
export async function assertUnwritten(
  store: EventStore & EventLog,
  stream: string,
  events: readonly RecordedEvent[] = [],
): Promise<void> {
  deepEqual(await store.readStream(stream), events, `${stream} was written to`);
  const logged = await store.readLog({ after: 0, limit: 1_000 });
  deepEqual(
    logged.events.filter((each) => each.stream === stream),
    events,
    `the log has events of ${stream}`,
  );
}

/** The payloads of events, for comparing. */
export function payloads(events: readonly RecordedEvent[]): readonly unknown[] {
  return events.map(({ payload }) => payload);
}
