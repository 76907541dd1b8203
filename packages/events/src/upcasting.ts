import type { RecordedEvent } from "./recorded-event.ts";

/** Turns an event as it was once recorded into what today's code expects. Runs on every read; the log keeps the original. */
export type Upcaster = (event: RecordedEvent) => RecordedEvent;

/**
 * Combines one pure function per event type into an upcaster. Types without one pass unchanged.
 *
 * A function gets the stored payload of any age and returns today's: let it recognise the old form and leave the new alone.
 *
 * @example
 * const upcast = upcasters({ UserRegistered: (payload) => ({ email: null, ...payload }) });
 */
export function upcasters(
  byType: Readonly<Record<string, (payload: never, event: RecordedEvent) => unknown>>,
): Upcaster {
  const lookup = new Map(Object.entries(byType));
  return function upcast(event) {
    const convert = lookup.get(event.type);
    return convert ? { ...event, payload: convert(event.payload as never, event) } : event; // stored payloads are untyped: the function states what it accepts
  };
}
