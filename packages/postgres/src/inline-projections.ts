import type { EventMetadata, PreparedAppend, RecordedEvent, Upcaster } from "@counterpoint/events";
import { copyJson } from "@counterpoint/events";
import type { Projection } from "@counterpoint/read-model";
import { foldBatch, keysOf } from "@counterpoint/read-model";
import type { Checkpoints } from "./checkpoints.ts";
import type { Driver, Session } from "./database.ts";
import { statement } from "./database.ts";
import type { Ahead, Folded } from "./fold-ahead.ts";
import { FoldAhead, follow, veil } from "./fold-ahead.ts";
import type { LogReader } from "./log-reader.ts";
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

interface InlineOptions {
  readonly upcast: Upcaster;
  readonly driver: Driver;
  readonly schema: string;
  readonly reader: LogReader;
  readonly checkpoints: Checkpoints;
}

/** Applies projections in the transaction of each append, once they have caught up with what was there before them. */
export class InlineProjections {
  readonly #options: InlineOptions;
  readonly #tables = new Map<string, ReadModelTable>();
  readonly #aheads: readonly FoldAhead[];
  #ready: Promise<void> | undefined;

  /** @throws {TypeError} When two projections have the same name. */
  constructor(projections: readonly Projection[], options: InlineOptions) {
    this.#options = options;
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
    for (const table of this.#tables.values()) {
      const { status } = await this.#options.checkpoints.register(table, true);
      if (status !== "ready") await this.#catchUp(table);
    }
  }

  /**
   * Follows the log while others append to it; the last stretch, and the switch, with appenders locked out. Of several
   * processes that build, whichever is first: from the switch on, appends keep it, and nobody else may.
   */
  async #catchUp(table: ReadModelTable): Promise<void> {
    const { driver, schema, reader, checkpoints } = this.#options;
    const { projection } = table;
    for (;;) {
      const after = await checkpoints.load(projection);
      const { events } = await reader.readLog({ after, limit: BATCH });
      if (events.length < BATCH || !(await this.#advance(driver, table, events))) break;
    }
    const where = "where name = $1 and version = $2::integer";
    const find = statement(
      `select position, status from ${schema}.projections ${where} for update`,
    );
    const finish = statement(
      `update ${schema}.projections set status = 'ready', epoch = epoch + 1 ${where}`,
    );
    await driver.transaction(async (tx) => {
      await tx.exec(`lock table ${schema}.streams in share mode`);
      for (;;) {
        const [row] = await tx.run(find, [projection.name, projection.version]);
        if (row?.[1] !== "building") return;
        const after = Number(row[0]);
        const { events } = await reader.readUpTo(END, { after, limit: BATCH }, tx);
        if (events.length === 0) break;
        await this.#advance(tx, table, events);
      }
      await tx.run(finish, [projection.name, projection.version]);
    });
  }

  /**
   * That another process was faster is as good: its epoch, or its position, keeps this batch out.
   *
   * @returns `false` when it is built already.
   */
  async #advance(
    session: Session,
    table: ReadModelTable,
    events: readonly RecordedEvent[],
  ): Promise<boolean> {
    const before = await table.loadFrom(session, keysOf(table.projection, events));
    if (before?.checkpoint.status !== "building") return false;
    if (before.checkpoint.position >= events[0]!.position) return true; // never called without events
    const changes = foldBatch(table.projection, events, before.documents);
    await table.advance(session, changes, before.checkpoint, events.at(-1)!.position);
    return true;
  }
}

const BATCH = 500;
const MOST_KEY_LOCKS = 64;
const END = Number.MAX_SAFE_INTEGER;

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
