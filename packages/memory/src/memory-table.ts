import { copyJson } from "@counterpoint/events";
import type {
  AnyDocument,
  Changes,
  Columns,
  FindOptions,
  FoundDocuments,
} from "@counterpoint/read-model";
import { prepareFind } from "@counterpoint/read-model";
import { SortedDocuments, compare } from "./sorted-documents.ts";

/** Keeps the documents of one read model. */
export class MemoryTable {
  columns: Columns;
  #documents = new Map<string, AnyDocument>();
  /** By the columns that were asked for. */
  readonly #orders = new Map<string, SortedDocuments>();

  constructor(columns: Columns) {
    this.columns = columns;
  }

  /** Copies of the documents with these keys, as far as they exist. */
  load(keys: readonly string[]): ReadonlyMap<string, AnyDocument> {
    const found = new Map<string, AnyDocument>();
    for (const key of keys) {
      const document = this.#documents.get(key);
      if (document) found.set(key, copyDocument(document, this.columns));
    }
    return found;
  }

  write(changes: Changes): void {
    if (changes.size > MOST_MOVES) this.#orders.clear(); // sorting anew is less work then
    for (const [key, document] of changes) {
      const before = this.#documents.get(key);
      const after = document === null ? undefined : copyDocument(document, this.columns);
      if (after) this.#documents.set(key, after);
      else this.#documents.delete(key);
      for (const order of this.#orders.values()) order.change(before, after);
    }
  }

  clear(): void {
    this.#documents.clear();
    this.#orders.clear();
  }

  /** Takes over the documents of another table, and their shape. */
  take(other: MemoryTable): void {
    this.columns = other.columns;
    this.#documents = other.#documents;
    this.#orders.clear();
  }

  /** Shows a document with those columns that a reader knows. */
  get(key: string, columns: Columns): AnyDocument | undefined {
    const document = this.#documents.get(key);
    return document && copyDocument(document, columns);
  }

  find(options: FindOptions, columns: Columns): FoundDocuments {
    const { where, orderBy, limit, offset } = prepareFind(columns, options);
    const { documents } = this.#ordered(orderBy);
    const matches =
      where.length === 0
        ? documents
        : documents.filter((document) =>
            where.every(([column, value]) => compare(document[column], value) === 0),
          );
    return {
      documents: matches
        .slice(offset, offset + limit)
        .map((document) => copyDocument(document, columns)),
      total: matches.length,
    };
  }

  #ordered(columns: readonly string[]): SortedDocuments {
    const id = columns.join("\0");
    const found = this.#orders.get(id) ?? new SortedDocuments(columns, this.#documents.values());
    this.#orders.delete(id);
    this.#orders.set(id, found); // as the last
    if (this.#orders.size > MOST_ORDERS) this.#orders.delete([...this.#orders.keys()][0]!);
    return found;
  }
}

const MOST_MOVES = 64;
const MOST_ORDERS = 8;

function copyDocument(document: AnyDocument, columns: Columns): AnyDocument {
  const copy: Record<string, unknown> = {};
  for (const column of Object.keys(columns)) {
    const value = document[column];
    if (value instanceof Date) copy[column] = new Date(value);
    else if (value === 0)
      copy[column] = 0; // also for -0, as JSON and SQL have it
    else copy[column] = typeof value === "object" ? copyJson(value, column) : value;
  }
  return copy;
}
