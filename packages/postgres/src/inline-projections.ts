import type { EventMetadata, PreparedAppend, RecordedEvent, Upcaster } from "@counterpoint/events";
import { copyJson } from "@counterpoint/events";
import type { Projection } from "@counterpoint/read-model";
import { foldBatch, keysOf } from "@counterpoint/read-model";
import type { Session } from "./database.ts";
import type { Ahead, Folded } from "./fold-ahead.ts";
import { FoldAhead, follow, veil } from "./fold-ahead.ts";
import type { InlineBuildOptions } from "./inline-build.ts";
import { InlineBuild } from "./inline-build.ts";
import { ReadModelTable } from "./read-model-table.ts";

/** What an append locks before it draws positions, as columns: the read model, the key or all of it, shared or not. */
export interface Locks {
  readonly names: readonly string[];
  readonly keys: readonly (string | null)[];
  readonly shares: readonly string[];
}

/** A document of a read model, whether it exists or not. */
export interface TouchedDocument {
  readonly name: string;
  readonly key: string;
}

/** Locks documents, and each of their read models against those who lock it as a whole. */
export function locksOf(documents: readonly TouchedDocument[]): Locks {
  return columnsOf(
    documents.flatMap(({ name, key }) => [
      { name, key: null, shared: true },
      { name, key, shared: false },
    ]),
  );
}

/** Says that the keys of an append depend on its positions, so that more must be locked beforehand. */
export class KeysMoved extends Error {}

interface Lock {
  readonly name: string;
  readonly key: string | null;
  readonly shared: boolean;
}

interface InlineOptions extends InlineBuildOptions {
  readonly upcast: Upcaster;
}

/** Applies projections in the transaction of each append, once they have caught up with what was there before them. */
export class InlineProjections {
  readonly #options: InlineOptions;
  readonly #tables = new Map<string, ReadModelTable>();
  readonly #aheads: readonly FoldAhead[];
  readonly #building: InlineBuild;
  #ready: Promise<void> | undefined;

  /** @throws {TypeError} When two projections have the same name. */
  constructor(projections: readonly Projection[], options: InlineOptions) {
    this.#options = options;
    this.#building = new InlineBuild(options);
    for (const projection of projections) {
      if (this.#tables.has(projection.name)) {
        throw new TypeError(
          `Two inline projections are named ${projection.name}; rename one with as(…).`,
        );
      }
      this.#tables.set(projection.name, new ReadModelTable(options.schema, projection));
    }
    this.#aheads = [...this.#tables.values()].map((table) => new FoldAhead(table));
  }

  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  /** What the database knows them by. */
  get ids(): readonly string[] {
    return [...this.#tables.values()].map(
      ({ projection: { name, version } }) => `${name}@${version}`,
    );
  }

  has(name: string): boolean {
    return this.#tables.has(name);
  }

  /** Makes the tables, and builds from the log what is not built yet. Once; a failure is tried again by the next caller. */
  ready(): Promise<void> {
    return (this.#ready ??= this.#build().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
  }

  /** Has the next caller of `ready` look again. */
  doubt(): void {
    this.#ready = undefined;
  }

  /** Tells whether the database keeps one of them in another version than this process does. */
  async isOutdated(): Promise<boolean> {
    const { checkpoints } = this.#options;
    const kept = await Promise.all(
      [...this.#tables.values()].map(({ projection }) => checkpoints.find(projection)),
    );
    return [...this.#tables.values()].some(
      ({ projection }, index) => kept[index]?.version !== projection.version,
    );
  }

  /** Locks every read model as a whole. */
  get allLocks(): Locks {
    return this.#locks((table) => wholeOf(table));
  }

  /**
   * Locks the documents that events touch, whether they exist or not. Many keys become one lock on the read model: the
   * server's room for locks is limited.
   *
   * @param events - Without their positions, and perhaps without their versions.
   */
  locksFor(events: readonly RecordedEvent[]): Locks {
    return this.#locks((table) => {
      const keys = orUndefined(() => keysOf(table.projection, this.#handOut(events)));
      if (keys?.length === 0) return [];
      if (keys === undefined || keys.length > MOST_KEY_LOCKS) return wholeOf(table);
      const { name } = table.projection;
      return [
        { name, key: null, shared: true },
        ...keys.map((key) => ({ name, key, shared: false })),
      ];
    });
  }

  /**
   * Folds what is about to be appended, so that it can go into the same statement.
   *
   * @returns `undefined` when that is not possible: lock, append, and `apply`.
   */
  async foldAhead(
    events: readonly RecordedEvent[],
    appends: readonly PreparedAppend[],
  ): Promise<Ahead | undefined> {
    const knowsVersion = new Map(
      appends.map(({ stream, expectedVersion }) => [
        stream,
        typeof expectedVersion === "number" || expectedVersion === "none",
      ]),
    );
    const seen = (): readonly RecordedEvent[] =>
      events.map((event) =>
        this.#options.upcast(veil(copyOf(event), knowsVersion.get(event.stream) ?? false)),
      );
    const folds: (readonly [FoldAhead, Folded])[] = [];
    for (const ahead of this.#aheads) {
      const folded = await ahead.fold(this.#options.driver, seen, appends);
      if (!folded) return undefined;
      folds.push([ahead, folded]);
    }
    return {
      documents: folds.flatMap(([ahead, { changes }]) =>
        [...changes.keys()].map((key) => ({ name: ahead.name, key })),
      ),
      alongside: folds.flatMap(([ahead, folded]) => ahead.alongside(folded)),
      follow: follow(folds),
    };
  }

  /**
   * Folds what was just appended, within the append's transaction.
   *
   * @throws {KeysMoved} When now, with positions and versions known, other documents are concerned than were locked.
   */
  async apply(tx: Session, events: readonly RecordedEvent[], locks: Locks): Promise<void> {
    const touched = [...this.#tables.values()]
      .map((table) => {
        const seen = this.#handOut(events);
        return { table, seen, keys: keysOf(table.projection, seen) };
      })
      .filter(({ keys }) => keys.length > 0);
    for (const { table, keys } of touched) assertLocked(table.projection.name, keys, locks);
    const documents = await Promise.all(touched.map(({ table, keys }) => table.load(tx, keys)));
    const changes = touched.map(({ table, seen }, index) =>
      foldBatch(table.projection, seen, documents[index]!),
    );
    await Promise.all(touched.map(({ table }, index) => table.write(tx, changes[index]!)));
  }

  /** Each projection gets copies of its own, as a reader would. */
  #handOut(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    return events.map((event) => this.#options.upcast(copyOf(event)));
  }

  #locks(of: (table: ReadModelTable) => readonly Lock[]): Locks {
    return columnsOf([...this.#tables.values()].flatMap(of));
  }

  async #build(): Promise<void> {
    for (const table of this.#tables.values()) await this.#building.run(table);
  }
}

const MOST_KEY_LOCKS = 64;

function copyOf(event: RecordedEvent): RecordedEvent {
  const { type, payload, recordedAt, metadata } = event;
  return {
    ...event,
    payload: payload === undefined ? undefined : copyJson(payload, type),
    recordedAt: new Date(recordedAt),
    metadata: copyJson(metadata, "metadata") as EventMetadata, // a copy has the same shape
  };
}

function columnsOf(locks: readonly Lock[]): Locks {
  return {
    names: locks.map(({ name }) => name),
    keys: locks.map(({ key }) => key),
    shares: locks.map(({ shared }) => (shared ? "t" : "f")),
  };
}

function wholeOf({ projection: { name } }: ReadModelTable): readonly Lock[] {
  return [{ name, key: null, shared: false }];
}

function assertLocked(name: string, keys: readonly string[], locks: Locks): void {
  const own = locks.names.flatMap((each, index) => (each === name ? [index] : []));
  if (own.some((index) => locks.keys[index] === null && locks.shares[index] === "f")) return;
  const locked = new Set(own.map((index) => locks.keys[index]));
  if (!keys.every((key) => locked.has(key))) throw new KeysMoved();
}

function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined; // it will fail again, and be reported, when all is known
  }
}
