import type { RecordedEvent } from "@counterpoint/events";
import { isStorableText } from "@counterpoint/events";
import type { AnyDocument } from "./columns.ts";
import { flawOf, keyColumn } from "./columns.ts";
import type { Projection } from "./projection.ts";
import { ReadModelError } from "./read-model-error.ts";

/** What a batch changes: the new document of each key, or `null` where it is removed. */
export type Changes = ReadonlyMap<string, AnyDocument | null>;

/**
 * Names the documents that a batch will need, each once, in the order in which they are first touched.
 *
 * @throws {ReadModelError} `HANDLER_FAILED` when the projection's `key` throws or answers something else than text.
 */
export function keysOf(projection: Projection, events: readonly RecordedEvent[]): string[] {
  const keys = new Set<string>();
  for (const event of events) {
    const key = keyOf(projection, event);
    if (key !== undefined) keys.add(key);
  }
  return [...keys];
}

/**
 * Folds a batch over the documents that it touches. Adapters load those, call this, and write what it returns.
 *
 * @param documents - The documents of {@link keysOf} that exist. Not changed.
 * @throws {ReadModelError} `HANDLER_FAILED` when a handler throws or returns what the columns cannot hold; `details.event`
 *   is the culprit. The events before it are sound.
 */
export function foldBatch(
  projection: Projection,
  events: readonly RecordedEvent[],
  documents: ReadonlyMap<string, AnyDocument>,
): Changes {
  const changes = new Map<string, AnyDocument | null>();
  for (const event of events) {
    const key = keyOf(projection, event);
    if (key === undefined) continue;
    const changed = changes.get(key);
    const before = changed === undefined ? documents.get(key) : (changed ?? undefined);
    const after = guarded(projection, event, () => projection.apply(before, event));
    if (after === undefined || (after === null && before === undefined && changed === undefined))
      continue;
    if (after !== null) assertDocument(projection, event, key, after);
    changes.set(key, after);
  }
  return changes;
}

const LONGEST_KEY = 512;

function keyOf(projection: Projection, event: RecordedEvent): string | undefined {
  const key: unknown = guarded(projection, event, () => projection.keyOf(event));
  if (key === undefined) return undefined;
  if (typeof key === "string" && key.length > 0 && key.length <= LONGEST_KEY && isStorableText(key))
    return key;
  const got = typeof key === "string" ? `a text of ${key.length} characters` : String(key);
  throw failure(
    projection,
    event,
    `its key is ${got}, expected undefined or 1 to ${LONGEST_KEY} characters of well-formed text without U+0000`,
  );
}

function assertDocument(
  projection: Projection,
  event: RecordedEvent,
  key: string,
  document: AnyDocument,
): void {
  const { columns } = projection;
  const flaw = isObject(document) ? flawOf(document, columns) : `it is ${String(document)}`;
  if (flaw !== undefined)
    throw failure(projection, event, `of the document that came out, ${flaw}`);
  if (document[keyColumn(columns)] !== key) {
    throw failure(
      projection,
      event,
      `${keyColumn(columns)} of the document that came out is not its key, ${key}`,
    );
  }
}

/** Handlers written in plain JavaScript may return anything. */
function isObject(value: unknown): boolean {
  return typeof value === "object";
}

function guarded<T>(projection: Projection, event: RecordedEvent, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failure(projection, event, reason, { cause });
  }
}

function failure(
  { name }: Projection,
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
