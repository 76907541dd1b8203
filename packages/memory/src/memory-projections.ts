import type { RecordedEvent } from "@counterpoint/events";
import type {
  Beginning,
  DeadLetterOrder,
  FindOptions,
  Follower,
  Lease,
  Poison,
  Projection,
  ProjectionBatch,
  ReadModel,
  Step,
} from "@counterpoint/read-model";
import {
  ReadModelError,
  assertReadable,
  canRead,
  eventsOf,
  foldBatch,
  isLeftOver,
  keyOrNone,
  keysOf,
  otherVersion,
  unreadable,
} from "@counterpoint/read-model";
import type { MemoryDeadLetters } from "./memory-dead-letters.ts";
import type { MemoryLog } from "./memory-log.ts";
import type { MemoryProgress } from "./memory-progress.ts";
import { MemoryTable } from "./memory-table.ts";

interface MemoryProjectionsOptions {
  readonly inline: readonly Projection[];
  readonly log: MemoryLog;
  readonly progress: MemoryProgress;
  readonly letters: MemoryDeadLetters;
}

/** Keeps all read models of a store. Every method is synchronous, hence a transaction: what may fail comes first. */
export class MemoryProjections {
  readonly #inline = new Map<string, Projection>();
  readonly #tables = new Map<string, MemoryTable>();
  readonly #log: MemoryLog;
  readonly #progress: MemoryProgress;
  readonly #letters: MemoryDeadLetters;

  constructor({ inline, log, progress, letters }: MemoryProjectionsOptions) {
    this.#log = log;
    this.#progress = progress;
    this.#letters = letters;
    for (const projection of inline) {
      if (this.#inline.has(projection.name)) {
        throw new TypeError(
          `Two inline projections are named ${projection.name}; rename one with as(…).`,
        );
      }
      this.#inline.set(projection.name, projection);
    }
  }

  prepare(follower: Follower | Projection, partitions: number, from: Beginning): void {
    const { name } = follower;
    const hasDocuments = "columns" in follower;
    this.#assertAsync(name);
    const before = this.#progress.progress(name);
    if (before.length > 0 && this.#tables.has(name) !== hasDocuments) {
      throw new TypeError(
        `${name} is a ${hasDocuments ? "reaction" : "read model"}; give one of them another name.`,
      );
    }
    const kept = before[0]?.version ?? follower.version;
    if (kept > follower.version || (hasDocuments && kept < follower.version)) return;
    if (hasDocuments) this.#tableOf(follower);
    if (before.length === partitions && kept === follower.version) return;
    const positions = before.map(({ position }) => position);
    if (before.length === 0) {
      this.#progress.divide(follower, partitions, from === "now" ? this.#log.head : 0);
    } else if (hasDocuments) {
      const target = Math.max(...positions);
      this.#bringForward(follower, target)();
      this.#progress.divide(follower, partitions, target);
    } else {
      this.#progress.divide(follower, partitions, Math.min(...positions));
    }
  }

  checkpoint({ name, version }: Projection): number {
    if (this.#inline.has(name)) return this.#log.head;
    if (this.#progress.versionOf(name) !== version) return 0;
    const progress = this.#progress.progress(name);
    return progress.length === 0 ? 0 : Math.min(...progress.map(({ position }) => position));
  }

  apply({ projection, events, ...step }: ProjectionBatch): void {
    this.#assertAsync(projection.name);
    const move = this.#progress.check(projection, step);
    const write = this.#fold(projection, events);
    write();
    this.#setAside(projection, step.poison);
    move();
  }

  advance(follower: Follower, step: Step): void {
    const move = this.#progress.check(follower, step);
    const { poison } = step;
    if (poison?.policy === "behind" && !this.#isParked(follower, poison.event)) {
      throw new ReadModelError(
        "DEAD_LETTER_NOT_FOUND",
        `${follower.name} has no parked letter that position ${poison.event.position} could wait behind.`,
      );
    }
    this.#setAside(follower, poison);
    move();
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

  retry(projection: Projection, position: number, order: DeadLetterOrder | undefined): boolean {
    const { name } = projection;
    this.#progress.assertVersion(projection);
    const letter = this.#letters.next(name, position);
    if (!letter) return false;
    assertReadable(letter);
    const table = this.#tableOf(projection);
    const events = [letter.event];
    const keys = keysOf(projection, events); // not that of the letter: telling it may be what was repaired
    table.write(foldBatch(projection, events, table.load(keys)));
    return this.#letters.close(name, position, "retried", order);
  }

  reset(projection: Projection): void {
    const { name } = projection;
    this.#assertAsync(name);
    this.#progress.assertVersion(projection);
    this.#tableOf(projection).clear();
    this.#letters.clear(name);
    this.#progress.divide(projection, this.#progress.of(projection).length, 0);
  }

  replace(projection: Projection, replacement: Projection, lease: Lease | undefined): boolean {
    const { name } = projection;
    if (this.#progress.versionOf(replacement.name) === undefined) return false;
    if (lease) this.#progress.assertHeld(lease);
    if ((this.#progress.versionOf(name) ?? 0) > projection.version) {
      this.#forget(replacement.name);
      return false;
    }
    const isInline = this.#inline.has(name);
    const progress = this.#progress.of(projection);
    const positions = [...progress, ...this.#progress.of(replacement)].map(
      ({ position }) => position,
    );
    const target = isInline ? this.#log.head : Math.max(...positions);
    this.#bringForward(replacement, target)();
    this.#tableOf(projection).take(this.#tableOf(replacement));
    this.#tables.delete(replacement.name);
    this.#letters.move(replacement.name, name);
    this.#progress.remove(replacement.name);
    if (!isInline) this.#progress.divide(projection, progress.length, target);
    for (const each of this.#tables.keys()) if (isLeftOver(each, projection)) this.#forget(each);
    return true;
  }

  #forget(name: string): void {
    this.#tables.delete(name);
    this.#letters.clear(name);
    this.#progress.remove(name);
  }

  reader<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
    const untyped = projection as unknown as Projection; // documents only pass through
    // The table holds what a projection of this very document type has written.
    return {
      get: async (key) => this.#readable(untyped).get(key, projection.columns) as TDocument,
      find: async (options = {}) => {
        const table = this.#readable(untyped);
        const { documents, total } = table.find(options as FindOptions, projection.columns);
        return { documents: documents as readonly TDocument[], total };
      },
    };
  }

  /** @throws {ReadModelError} `UNAVAILABLE` when another version is kept, with columns that this one cannot read. */
  #readable(projection: Projection): MemoryTable {
    const { name, columns } = projection;
    const table = this.#tables.get(name) ?? new MemoryTable(columns);
    const kept = this.#progress.versionOf(name);
    if (kept !== undefined && !canRead(columns, table.columns))
      throw otherVersion(projection, kept);
    return table;
  }

  /** @returns A function that applies to each partition what it lags behind; nothing can fail any more when it is called. */
  #bringForward(projection: Projection, target: number): () => void {
    const partitions = this.#progress.progress(projection.name);
    const writes = partitions.map(({ partition, position }) => {
      const lagging = this.#between(projection, position, target);
      return this.#fold(
        projection,
        eventsOf(projection, lagging, { partition, partitions: partitions.length }),
      );
    });
    return () => writes.forEach((write) => write());
  }

  #between(projection: Projection, after: number, last: number): readonly RecordedEvent[] {
    try {
      return this.#log.between(after, last);
    } catch (error) {
      throw unreadable(projection, error) ?? error;
    }
  }

  /** @returns A function that writes what the events change and sets aside those that wait behind a parked one. */
  #fold(projection: Projection, events: readonly RecordedEvent[]): () => void {
    const table = this.#tableOf(projection);
    const keys = keysOf(projection, events);
    const parked = new Set(this.#letters.parkedKeys(projection.name, keys));
    const waits = (event: RecordedEvent): boolean =>
      parked.size > 0 && parked.has(projection.keyOf(event) ?? "");
    const free = parked.size === 0 ? events : events.filter((event) => !waits(event));
    const changes = foldBatch(projection, free, table.load(keys));
    return () => {
      table.write(changes);
      for (const event of events.filter(waits)) {
        const key = projection.keyOf(event) ?? "";
        this.#letters.add(projection.name, {
          event,
          key,
          reason: "behind",
          error: "",
          attempts: 0,
        });
      }
    };
  }

  #setAside(follower: Follower, poison: Poison | undefined): void {
    if (!poison) return;
    const { event, error, attempts, policy } = poison;
    const key = keyOrNone(follower, event);
    const reason =
      policy === "skip" || key === "" ? "skipped" : policy === "behind" ? "behind" : "parked";
    this.#letters.add(follower.name, { event, key, reason, error, attempts });
  }

  #isParked(follower: Follower, event: RecordedEvent): boolean {
    return this.#letters.parkedKeys(follower.name, [keyOrNone(follower, event)]).length > 0;
  }

  #tableOf({ name, columns }: Pick<Projection, "name" | "columns">): MemoryTable {
    const table = this.#tables.get(name) ?? new MemoryTable(columns);
    this.#tables.set(name, table);
    return table;
  }

  #assertAsync(name: string): void {
    if (this.#inline.has(name)) {
      throw new TypeError(
        `${name} is applied inline already; give the asynchronous one another name with as(…).`,
      );
    }
  }
}
