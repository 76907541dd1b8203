import { copyJson } from "@counterpoint/events";
import type {
  AnyDocument,
  Changes,
  Columns,
  FindOptions,
  FoundDocuments,
  ReadModel,
} from "@counterpoint/read-model";
import { prepareFind } from "@counterpoint/read-model";
import { SortedDocuments, compare } from "./sorted-documents.ts";

/** Keeps the documents of one read model. */
export class MemoryTable {
  readonly #columns: Columns;
  #documents = new Map<string, AnyDocument>();
  /** By the columns that were asked for. */
  readonly #orders = new Map<string, SortedDocuments>();

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** Copies of the documents with these keys, as far as they exist. */
  load(keys: readonly string[]): ReadonlyMap<string, AnyDocument> {
    const found = new Map<string, AnyDocument>();
    for (const key of keys) {
      const document = this.#documents.get(key);
      if (document) found.set(key, copyDocument(document));
    }
    return found;
  }

  write(changes: Changes): void {
    if (changes.size > MOST_MOVES) this.#orders.clear(); // sorting anew is less work then
    for (const [key, document] of changes) {
      const before = this.#documents.get(key);
      const after = document === null ? undefined : copyDocument(document);
      if (after) this.#documents.set(key, after);
      else this.#documents.delete(key);
      for (const order of this.#orders.values()) order.change(before, after);
    }
  }

  clear(): void {
    this.#documents.clear();
    this.#orders.clear();
  }

  /** Takes over the documents of another table. */
  take(other: MemoryTable): void {
    this.#documents = other.#documents;
    this.#orders.clear();
  }

  reader<TDocument>(): ReadModel<TDocument> {
    // The table holds what a projection of this very document type has written.
    const typed = (document: AnyDocument): TDocument => copyDocument(document) as TDocument;
    return {
      get: async (key) => {
        const document = this.#documents.get(key);
        return document && typed(document);
      },
      find: async (options = {}) => {
        const { documents, total } = this.#find(options as FindOptions);
        return { documents: documents.map(typed), total };
      },
    };
  }

  #find(options: FindOptions): FoundDocuments {
    const { where, orderBy, limit, offset } = prepareFind(this.#columns, options);
    const { documents } = this.#ordered(orderBy);
    const matches =
      where.length === 0
        ? documents
        : documents.filter((document) =>
            where.every(([column, value]) => compare(document[column], value) === 0),
          );
    return { documents: matches.slice(offset, offset + limit), total: matches.length };
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

function copyDocument(document: AnyDocument): AnyDocument {
  const copy: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(document)) {
    if (value instanceof Date) copy[column] = new Date(value);
    else if (value === 0)
      copy[column] = 0; // also for -0, as JSON and SQL have it
    else copy[column] = typeof value === "object" ? copyJson(value, column) : value;
  }
  return copy;
}
