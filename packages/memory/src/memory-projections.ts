import type { RecordedEvent } from "@counterpoint/events";
import type {
  Follower,
  Poison,
  Projection,
  ProjectionBatch,
  ReadModel,
  Step,
} from "@counterpoint/read-model";
import { eventsOf, foldBatch, keysOf } from "@counterpoint/read-model";
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

  prepare(follower: Follower | Projection, partitions: number): void {
    const { name } = follower;
    this.#assertAsync(name);
    const before = this.#progress.progress(name);
    if (before.length === partitions) return;
    const target = Math.max(0, ...before.map(({ position }) => position));
    if ("columns" in follower) {
      this.#tableOf(follower);
      for (const { partition, position } of before) {
        const lagging = eventsOf(follower, this.#log.between(position, target), {
          partition,
          partitions: before.length,
        });
        this.#fold(follower, lagging)();
      }
    }
    this.#progress.divide(name, partitions, target);
  }

  checkpoint(name: string): number {
    if (this.#inline.has(name)) return this.#log.head;
    const progress = this.#progress.progress(name);
    return progress.length === 0 ? 0 : Math.min(...progress.map(({ position }) => position));
  }

  apply({ projection, events, ...step }: ProjectionBatch): void {
    this.#assertAsync(projection.name);
    const move = this.#progress.check(projection.name, step);
    const write = this.#fold(projection, events);
    write();
    this.#setAside(projection, step.poison);
    move();
  }

  advance(follower: Follower, step: Step): void {
    const move = this.#progress.check(follower.name, step);
    this.#setAside(follower, step.poison);
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

  retry(projection: Projection, position: number, actor: string | undefined): boolean {
    const { name } = projection;
    const letter = this.#letters.next(name, position);
    if (!letter) return false;
    const table = this.#tableOf(projection);
    const changes = foldBatch(projection, [letter.event], table.load([letter.key]));
    table.write(changes);
    return this.#letters.close(name, position, "retried", actor === undefined ? {} : { actor });
  }

  reset(projection: Projection): void {
    const { name } = projection;
    this.#assertAsync(name);
    this.#tableOf(projection).clear();
    this.#letters.clear(name);
    this.#progress.divide(name, this.#progress.of(name).length, 0);
  }

  replace(projection: Projection, replacement: Projection): void {
    const { name } = projection;
    const inline = this.#inline.has(name);
    const reached = this.checkpoint(replacement.name);
    const progress = this.#progress.of(name);
    const target = inline
      ? this.#log.head
      : Math.max(reached, ...progress.map(({ position }) => position));
    this.#fold(replacement, this.#log.between(reached, target))();
    this.#tableOf(projection).take(this.#tableOf(replacement));
    this.#tables.delete(replacement.name);
    this.#letters.move(replacement.name, name);
    this.#progress.remove(replacement.name);
    if (!inline) this.#progress.divide(name, progress.length, target);
  }

  reader<TDocument>(projection: Projection<TDocument>): ReadModel<TDocument> {
    return this.#tableOf(projection).reader<TDocument>();
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
    const parks = policy === "park" && this.#letters.parkedKeys(follower.name, [key]).length === 0;
    const behind = policy === "park" && !parks;
    const reason = behind ? "behind" : policy === "park" ? "parked" : "skipped";
    this.#letters.add(follower.name, { event, key, reason, error, attempts });
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

/** A key that cannot be told is what may have gone wrong with the event in the first place. */
function keyOrNone(follower: Follower, event: RecordedEvent): string {
  try {
    return follower.keyOf(event) ?? "";
  } catch {
    return "";
  }
}
