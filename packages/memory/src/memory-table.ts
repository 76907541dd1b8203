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

/** Keeps the documents of one read model. */
export class MemoryTable {
  readonly #columns: Columns;
  #documents = new Map<string, AnyDocument>();

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
    for (const [key, document] of changes) {
      if (document === null) this.#documents.delete(key);
      else this.#documents.set(key, copyDocument(document));
    }
  }

  clear(): void {
    this.#documents.clear();
  }

  /** Takes over the documents of another table. */
  take(other: MemoryTable): void {
    this.#documents = other.#documents;
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
    const matches = [...this.#documents.values()].filter((document) =>
      where.every(([column, value]) => compare(document[column], value) === 0),
    );
    matches.sort((a, b) => {
      for (const column of orderBy) {
        const order = compare(a[column], b[column]);
        if (order !== 0) return order;
      }
      return 0;
    });
    return { documents: matches.slice(offset, offset + limit), total: matches.length };
  }
}

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

/** Orders as Postgres does with the collation "C": text by code points, `false` first, `null` last, NaN before it. */
function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  const left = rank(a);
  const right = rank(b);
  if (Number.isNaN(left) || Number.isNaN(right)) {
    return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  }
  return left < right ? -1 : Number(left > right);
}

function rank(value: unknown): number | bigint {
  return typeof value === "bigint" ? value : Number(value);
}

/** UTF-16 puts surrogate pairs before U+E000; code points put them behind. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

function codePointRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
