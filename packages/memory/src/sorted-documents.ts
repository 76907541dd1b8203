import type { AnyDocument } from "@counterpoint/read-model";

/** Documents in one order, kept up as they change, so that a page of many costs no sorting. */
export class SortedDocuments {
  readonly #columns: readonly string[];
  readonly #sorted: AnyDocument[];

  /** @param columns - What to order by; the last is the key, so that no two documents rank the same. */
  constructor(columns: readonly string[], documents: Iterable<AnyDocument>) {
    this.#columns = columns;
    this.#sorted = [...documents].sort((a, b) => this.#compare(a, b));
  }

  get documents(): readonly AnyDocument[] {
    return this.#sorted;
  }

  /** Puts a document in the place of another one of the same key. */
  change(before: AnyDocument | undefined, after: AnyDocument | undefined): void {
    if (before && after && this.#compare(before, after) === 0) {
      this.#sorted[this.#placeOf(before)] = after;
      return;
    }
    if (before) this.#sorted.splice(this.#placeOf(before), 1);
    if (after) this.#sorted.splice(this.#placeOf(after), 0, after);
  }

  /** Where the document is, or would be. */
  #placeOf(document: AnyDocument): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#sorted[middle]!, document) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: AnyDocument, b: AnyDocument): number {
    for (const column of this.#columns) {
      const order = compare(a[column], b[column]);
      if (order !== 0) return order;
    }
    return 0;
  }
}

/** Orders as Postgres does with the collation "C": text by code points, `false` first, `null` last, NaN before it. */
export function compare(a: unknown, b: unknown): number {
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
