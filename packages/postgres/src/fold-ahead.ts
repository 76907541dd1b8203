import type { PreparedAppend, RecordedEvent } from "@counterpoint/events";
import { copyJson } from "@counterpoint/events";
import type { AnyDocument } from "@counterpoint/read-model";
import { foldBatch, keysOf } from "@counterpoint/read-model";
import type { Alongside } from "./append-statement.ts";
import type { Session } from "./database.ts";
import type { TouchedDocument } from "./inline-projections.ts";
import { codeOf } from "./postgres-errors.ts";
import type { KnownDocument, ReadModelTable } from "./read-model-table.ts";

/** New documents that go into the statement of the append, built on documents that are believed to be current. */
export interface Ahead {
  /** What it changes, or checks. */
  readonly documents: readonly TouchedDocument[];
  readonly alongside: readonly Alongside[];
  /** Runs that statement, and learns from how it ends. */
  follow<TRow extends readonly (string | null)[]>(
    run: () => Promise<TRow | undefined>,
  ): Promise<TRow | undefined>;
}

/**
 * Folds the documents of one inline projection before the append, on what it remembers of them or reads, so that append and
 * documents are one statement. That statement checks that they were current. Where this does not fit (the projection looks
 * at positions, removes documents, or others keep changing them), the append takes the longer way.
 */
export class FoldAhead {
  readonly #table: ReadModelTable;
  readonly #remembered = new Map<string, KnownDocument>();
  /** It has looked at what is only known afterwards, and will again. */
  #needsAll = false;
  #passes = 0;
  #failures = 0;

  constructor(table: ReadModelTable) {
    this.#table = table;
  }

  get name(): string {
    return this.#table.projection.name;
  }

  /** @returns `undefined` when the append has to take the longer way. */
  async fold(
    session: Session,
    seen: () => readonly RecordedEvent[],
    appends: readonly PreparedAppend[],
  ): Promise<Folded | undefined> {
    if (this.#needsAll || this.#isPassing()) return undefined;
    const { projection } = this.#table;
    try {
      const events = seen();
      const keys = keysOf(projection, events);
      if (keys.length === 0) return { changes: new Map(), read: new Map() };
      if (keys.length > MOST_KEYS) return undefined;
      const known = await this.#known(session, keys, appends);
      const documents = new Map([...known].map(([key, { document }]) => [key, document]));
      const changes = foldBatch(projection, events, documents);
      const written = new Map<string, AnyDocument>();
      for (const key of keys) {
        // What stays as it is is written as well: only then is it checked.
        const after = changes.has(key) ? changes.get(key) : documents.get(key);
        if (after == null) return undefined;
        written.set(key, after);
      }
      const read = new Map(keys.map((key) => [key, known.get(key)?.writtenBy]));
      return { changes: written, read };
    } catch (error) {
      if (isUnknown(error)) this.#needsAll = true;
      return undefined; // it fails again where all is known, or it does not
    }
  }

  alongside({ changes, read }: Folded): readonly Alongside[] {
    return changes.size === 0 ? [] : [this.#table.writeAlongside(changes, read)];
  }

  remember({ changes }: Folded, writtenBy: string): void {
    this.#failures = 0;
    for (const [key, document] of changes) {
      this.#remembered.delete(key); // so that it becomes the last
      this.#remembered.set(key, { document: copyDocument(document), writtenBy });
    }
    for (const key of this.#remembered.keys()) {
      if (this.#remembered.size <= MOST_REMEMBERED) break;
      this.#remembered.delete(key);
    }
  }

  forget({ changes }: Folded): void {
    for (const key of changes.keys()) this.#remembered.delete(key);
  }

  /** Others change the same documents: passes over some appends, and more with each time in a row. */
  failed(): void {
    this.#failures = Math.min(this.#failures + 1, 6);
    this.#passes = 2 ** this.#failures;
  }

  #isPassing(): boolean {
    if (this.#passes === 0) return false;
    this.#passes--;
    return true;
  }

  async #known(
    session: Session,
    keys: readonly string[],
    appends: readonly PreparedAppend[],
  ): Promise<ReadonlyMap<string, KnownDocument>> {
    const known = new Map<string, KnownDocument>();
    for (const key of keys) {
      const { document, writtenBy } = this.#remembered.get(key) ?? {};
      if (document && writtenBy !== undefined) {
        known.set(key, { document: copyDocument(document), writtenBy });
      }
    }
    const missing = keys.filter((key) => !known.has(key));
    // What begins with its stream is not there yet, or the check finds out.
    if (missing.length === 0 || appends.every(creates)) return known;
    const loaded = await this.#table.loadVersions(session, missing);
    return new Map([...known, ...loaded]);
  }
}

/** What a fold came to, and who wrote what it was built on. */
export interface Folded {
  readonly changes: ReadonlyMap<string, AnyDocument>;
  readonly read: ReadonlyMap<string, string | undefined>;
}

const MOST_KEYS = 64;
const MOST_REMEMBERED = 5_000;

/** Follows a statement that several projections are folded into. */
export function follow(folds: readonly (readonly [FoldAhead, Folded])[]): Ahead["follow"] {
  return async function run(statement) {
    try {
      const row = await statement();
      for (const [ahead, folded] of folds) ahead.remember(folded, String(row?.[2]));
      return row;
    } catch (error) {
      for (const [ahead, folded] of folds) {
        ahead.forget(folded);
        if (codeOf(error) === "CP449") ahead.failed();
      }
      throw error;
    }
  };
}

/** Makes an event's position, and its version where that is a guess, impossible to read. */
export function veil(event: RecordedEvent, knowsVersion: boolean): RecordedEvent {
  const veiled = { ...event };
  const refuse = (): never => {
    throw new Unknown();
  };
  Object.defineProperty(veiled, "position", { get: refuse, enumerable: true });
  if (!knowsVersion) Object.defineProperty(veiled, "version", { get: refuse, enumerable: true });
  return veiled;
}

/** Says that something was read that nobody can know before the append. */
class Unknown extends Error {}

function isUnknown(error: unknown): boolean {
  return error instanceof Unknown || (error instanceof Error && error.cause instanceof Unknown);
}

function creates({ expectedVersion }: PreparedAppend): boolean {
  return expectedVersion === "none" || expectedVersion === 0;
}

function copyDocument(document: AnyDocument): AnyDocument {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => {
      if (value instanceof Date) return [name, new Date(value)];
      return [name, typeof value === "object" && value !== null ? copyJson(value, name) : value];
    }),
  );
}
