import type { RecordedEvent } from "@counterpoint/events";
import type { AnyDocument } from "./columns.ts";
import { flawOf, keyColumn } from "./columns.ts";
import { guarded, handlerFailed, keyOf } from "./event-key.ts";
import type { Projection } from "./projection.ts";

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

function assertDocument(
  projection: Projection,
  event: RecordedEvent,
  key: string,
  document: AnyDocument,
): void {
  const { columns } = projection;
  const flaw = isObject(document) ? flawOf(document, columns) : `it is ${String(document)}`;
  if (flaw !== undefined)
    throw handlerFailed(projection, event, `of the document that came out, ${flaw}`);
  if (document[keyColumn(columns)] !== key) {
    throw handlerFailed(
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
