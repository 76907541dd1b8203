import type { RecordedEvent } from "@counterpoint/events";
import type { Projection, ProjectionBatch, ReadModel } from "@counterpoint/read-model";
import { ReadModelError, foldBatch, keysOf } from "@counterpoint/read-model";
import { MemoryTable } from "./memory-table.ts";

/** Keeps all read models of a store, and the checkpoints of the asynchronous ones. */
export class MemoryProjections {
  readonly #inline = new Map<string, Projection>();
  readonly #tables = new Map<string, MemoryTable>();
  readonly #checkpoints = new Map<string, number>();

  constructor(inline: readonly Projection[]) {
    for (const projection of inline) {
      if (this.#inline.has(projection.name)) {
        throw new TypeError(
          `Two inline projections are named ${projection.name}; rename one with as(…).`,
        );
      }
      this.#inline.set(projection.name, projection);
    }
  }

  prepare(projection: Projection): void {
    this.#assertAsync(projection);
    this.#tableOf(projection);
  }

  checkpoint(name: string, head: number): number {
    return this.#inline.has(name) ? head : (this.#checkpoints.get(name) ?? 0);
  }

  apply({ projection, events, from, to }: ProjectionBatch): void {
    this.#assertAsync(projection);
    const { name } = projection;
    const actual = this.#checkpoints.get(name) ?? 0;
    if (actual !== from) {
      throw new ReadModelError(
        "CHECKPOINT_MOVED",
        `${name} is at ${actual}, but the batch continues ${from}.`,
        { details: { projection: name, expected: from, actual } },
      );
    }
    this.#fold(projection, events)();
    this.#checkpoints.set(name, to);
  }

  /**
   * @param handOut - Makes the events that a projection gets to see, for each of them anew.
   * @returns A function that writes what the events change; nothing can fail any more when it is called.
   */
  foldInline(handOut: () => readonly RecordedEvent[]): () => void {
    const writes = [...this.#inline.values()].map((projection) =>
      this.#fold(projection, handOut()),
    );
    return () => writes.forEach((write) => write());
  }

  reset(projection: Projection): void {
    this.#assertAsync(projection);
    this.#tableOf(projection).clear();
    this.#checkpoints.set(projection.name, 0);
  }

  reader<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
    return this.#tableOf(projection).reader<TDocument>();
  }

  #fold(projection: Projection, events: readonly RecordedEvent[]): () => void {
    const table = this.#tableOf(projection);
    const changes = foldBatch(projection, events, table.load(keysOf(projection, events)));
    return () => table.write(changes);
  }

  #tableOf({ name, columns }: Pick<Projection, "name" | "columns">): MemoryTable {
    const table = this.#tables.get(name) ?? new MemoryTable(columns);
    this.#tables.set(name, table);
    return table;
  }

  #assertAsync({ name }: Projection): void {
    if (this.#inline.has(name)) {
      throw new TypeError(
        `${name} is applied inline already; give the asynchronous one another name with as(…).`,
      );
    }
  }
}
