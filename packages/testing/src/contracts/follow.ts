import type { EventLog, RecordedEvent } from "@counterpoint/events";
import { ok } from "../node.ts";
import { assertBehind } from "./log.ts";
import type { AnyDocument, Projection, ProjectionStore } from "@counterpoint/read-model";

/** Documents by key, as a projection leaves them. */
export type Documents = ReadonlyMap<string, AnyDocument>;

/** Folds events in the plainest way: the yardstick for every adapter. */
export function plainFold<TDocument>(
  projection: Projection<TDocument>,
  events: readonly RecordedEvent[],
): Documents {
  const documents = new Map<string, TDocument>();
  for (const event of events) {
    const key = projection.keyOf(event);
    if (key === undefined) continue;
    const after = projection.apply(documents.get(key), event);
    if (after === null) documents.delete(key);
    else if (after !== undefined) documents.set(key, after);
  }
  return documents as ReadonlyMap<string, unknown> as Documents; // documents are plain records
}

/** Reads all documents of a read model. */
export async function documentsOf<TDocument>(
  store: ProjectionStore,
  projection: Projection<TDocument>,
): Promise<Documents> {
  const [key] = Object.keys(projection.columns);
  const { documents } = await store.readModel(projection).find({ limit: 100_000 });
  const entries = (documents as readonly AnyDocument[]).map(
    (document) => [document[key!] as string, document] as const, // the first column is the key, and text
  );
  return new Map(entries);
}

/** Applies the rest of the log to a read model, in batches of the given sizes, over and over. */
export async function catchUp(
  store: ProjectionStore & EventLog,
  projection: Projection,
  sizes: readonly number[] = [500],
): Promise<void> {
  await store.prepare(projection);
  let last = -1;
  for (let turn = 0; ; turn++) {
    const from = await store.loadCheckpoint(projection);
    ok(from > last, `the checkpoint stays at ${from} although a batch was applied`);
    last = from;
    const limit = sizes[turn % sizes.length]!;
    const { events } = await store.readLog({ after: from, limit });
    const to = events.at(-1)?.position;
    if (to === undefined) return;
    assertBehind(from, events);
    await store.applyBatch({ projection, events, from, to });
  }
}
