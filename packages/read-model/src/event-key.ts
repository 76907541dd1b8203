import type { RecordedEvent } from "@counterpoint/events";
import { isEventStoreError, isStorableText } from "@counterpoint/events";
import type { Follower } from "./follower.ts";
import { ReadModelError } from "./read-model-error.ts";

const LONGEST_KEY = 512;

/**
 * Names what an event concerns, as the follower sees it.
 *
 * @returns `undefined` when the event is passed over.
 * @throws {ReadModelError} `HANDLER_FAILED` when the follower's `keyOf` throws or answers something that no store can hold.
 */
export function keyOf(follower: Follower, event: RecordedEvent): string | undefined {
  const key: unknown = guarded(follower, event, () => follower.keyOf(event));
  if (key === undefined) return undefined;
  if (typeof key === "string" && key.length > 0 && key.length <= LONGEST_KEY && isStorableText(key))
    return key;
  const got = typeof key === "string" ? `a text of ${key.length} characters` : String(key);
  throw handlerFailed(
    follower,
    event,
    `its key is ${got}, expected undefined or 1 to ${LONGEST_KEY} characters of well-formed text without U+0000`,
  );
}

/** Names what an event concerns; `""` when it concerns nothing or that cannot be told, which may be what went wrong. */
export function keyOrNone(follower: Follower, event: RecordedEvent): string {
  try {
    return keyOf(follower, event) ?? "";
  } catch {
    return "";
  }
}

/** Runs a follower's own code. @throws {ReadModelError} `HANDLER_FAILED`, with what it threw as the cause. */
export function guarded<T>(
  follower: Pick<Follower, "name">,
  event: RecordedEvent,
  run: () => T,
): T {
  try {
    return run();
  } catch (cause) {
    throw handlerFailed(follower, event, reasonOf(cause), { cause });
  }
}

/** Makes the error that says which event a follower could not handle; `details.event` is the culprit. */
export function handlerFailed(
  { name }: Pick<Follower, "name">,
  event: RecordedEvent,
  reason: string,
  options: { readonly cause?: unknown } = {},
): ReadModelError<"HANDLER_FAILED"> {
  return new ReadModelError(
    "HANDLER_FAILED",
    `${name} failed on ${event.type} at position ${event.position}: ${reason}`,
    { ...options, details: { projection: name, event } },
  );
}

/**
 * Says of an event that cannot be read what is said of one that cannot be handled: for followers, it comes to the same.
 *
 * @returns `undefined` when that is not what happened.
 */
export function unreadable(
  follower: Pick<Follower, "name">,
  cause: unknown,
): ReadModelError<"HANDLER_FAILED"> | undefined {
  if (!isEventStoreError(cause, "UPCAST_FAILED")) return undefined;
  const { event } = cause.details as { readonly event: RecordedEvent }; // whoever throws UPCAST_FAILED names it
  return handlerFailed(follower, event, cause.message, { cause });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
