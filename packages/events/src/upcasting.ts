import { EventStoreError } from "./event-store-error.ts";
import type { RecordedEvent } from "./recorded-event.ts";

/** Turns an event as it was once recorded into what today's code expects. Runs on every read; the log keeps the original. */
export type Upcaster = (event: RecordedEvent) => RecordedEvent;

/**
 * Combines one pure function per event type into an upcaster. Types without one pass unchanged.
 *
 * A function gets the stored payload of any age and returns today's: let it recognise the old form and leave the new alone.
 *
 * @example
 * ```ts
 * import { upcasters } from "@counterpoint/events";
 * import { recorded } from "@counterpoint/testing";
 *
 * const upcast = upcasters({
 *   UserRegistered: (payload: { name: string }) => ({ email: null, ...payload }),
 * });
 * const old = recorded({ type: "UserRegistered", payload: { name: "Ada" } });
 * upcast(old).payload; // => { email: null, name: "Ada" }
 * ```
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

/**
 * Makes an upcaster say which event it has failed on: for adapters, which run it on whatever they read.
 *
 * The upcaster that comes out throws `EventStoreError` with `UPCAST_FAILED`; `details.event` is the event as it was recorded.
 */
export function namingUpcaster(upcast: Upcaster): Upcaster {
  return function upcastOrSay(event) {
    try {
      return upcast(event);
    } catch (cause) {
      const { type, stream, version } = event;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EventStoreError(
        "UPCAST_FAILED",
        `${type}, version ${version} of ${stream}, cannot be upcast: ${reason}`,
        { cause, details: { event } },
      );
    }
  };
}
