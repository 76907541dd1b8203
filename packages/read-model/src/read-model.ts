import type { AnyDocument } from "./columns.ts";

/** Narrows, orders and cuts a list of documents. */
export interface FindOptions<TDocument = AnyDocument> {
  /** Only documents whose columns equal these values. */
  readonly where?: Partial<TDocument>;
  /** Columns to order by, ascending; the key decides what they leave open. Text orders by code points. Default: the key. */
  readonly orderBy?: readonly (keyof TDocument & string)[];
  /** How many documents at the most; integer ≥ 1. Default 100. */
  readonly limit?: number;
  /** How many to pass over first; integer ≥ 0. Default 0. */
  readonly offset?: number;
}

export interface FoundDocuments<TDocument = AnyDocument> {
  readonly documents: readonly TDocument[];
  /** How many documents match without limit and offset, at the same moment. */
  readonly total: number;
}

/** Reads the documents that a projection has built: the port of query handlers. It has no way to write. */
export interface ReadModel<TDocument = AnyDocument> {
  /** @returns A copy of the document, or `undefined`, also for a key that no store can hold. */
  get(key: string): Promise<TDocument | undefined>;

  /**
   * Lists documents.
   *
   * @throws {RangeError} When `limit` or `offset` is out of range.
   * @throws {TypeError} When a column is unknown or `jsonb`, or is compared with a value of another type.
   */
  find(options?: FindOptions<TDocument>): Promise<FoundDocuments<TDocument>>;
}
