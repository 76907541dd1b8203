import type { Json } from "@counterpoint/events";
import { copyJson, isStorableText } from "@counterpoint/events";

interface ColumnValues {
  readonly text: string;
  readonly integer: number;
  readonly bigint: bigint;
  readonly "double precision": number;
  readonly boolean: boolean;
  readonly timestamptz: Date;
  readonly jsonb: Json;
}

type ColumnType = keyof ColumnValues;

/** Names a column's type as Postgres does; a question mark allows `null`. */
export type Column = ColumnType | `${ColumnType}?`;

/** Describes the documents of a read model, column by column. The first is the key, and text. */
export type Columns = Readonly<Record<string, Column>>;

/** Names the document that columns describe. */
export type DocumentOf<TColumns extends Columns> = {
  readonly [TName in keyof TColumns]: TColumns[TName] extends `${infer TType extends ColumnType}?`
    ? ColumnValues[TType] | null
    : TColumns[TName] extends ColumnType
      ? ColumnValues[TColumns[TName]]
      : never;
};

/** Stands for a document of any read model. */
export type AnyDocument = Readonly<Record<string, unknown>>;

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws {TypeError} When the name cannot name a table or column in every adapter. */
export function assertName(what: string, name: string): void {
  if (typeof name !== "string" || !NAME.test(name) || name === "__proto__") {
    throw new TypeError(
      `Expected the name of a ${what} to match ${NAME.source}, got ${JSON.stringify(name)}.`,
    );
  }
}

/** @throws {TypeError} When columns are missing, misnamed or of an unknown type, or the key is not text. */
export function assertColumns(columns: Columns): void {
  const entries = Object.entries(columns);
  if (entries.length === 0) throw new TypeError("Expected at least one column.");
  for (const [name, column] of entries) {
    assertName("column", name);
    if (!CHECKS.has(typeOf(column))) {
      throw new TypeError(
        `Expected column ${name} to be one of ${[...CHECKS.keys()].join(", ")}, with ? for null; got ${column}.`,
      );
    }
  }
  if (entries[0]![1] !== "text") {
    throw new TypeError(`The first column, ${entries[0]![0]}, is the key and must be "text".`);
  }
}

/** Names the column that holds a document's key. */
export function keyColumn(columns: Columns): string {
  return Object.keys(columns)[0]!; // `assertColumns` demands one
}

/** Names a column's type without the mark for null. */
export function typeOf(column: Column): ColumnType {
  return (column.endsWith("?") ? column.slice(0, -1) : column) as ColumnType; // the type of Column says so
}

/** Tells whether a column can be compared with a value: one of its type, or `null`. */
export function isComparable(value: unknown, column: Column): boolean {
  if (value === null) return true;
  if (typeof value === "string") return typeOf(column) === "text";
  return value !== undefined && CHECKS.get(typeOf(column))!(value);
}

/** @returns What is wrong with the document, or `undefined`. */
export function flawOf(document: AnyDocument, columns: Columns): string | undefined {
  for (const [name, column] of Object.entries(columns)) {
    const value = document[name];
    if (value === null && column.endsWith("?")) continue;
    if (value === null || value === undefined || !CHECKS.get(typeOf(column))!(value)) {
      return `column ${name} is ${show(value)}, expected ${column}`;
    }
  }
  const stray = Object.keys(document).find((name) => !Object.hasOwn(columns, name));
  return stray === undefined ? undefined : `${stray} is not among the columns`;
}

/**
 * Tells whether documents that were kept with some columns can be read by a projection with others: it finds all of its
 * own, each of its type, and no `null` that it does not expect.
 */
export function canRead(own: Columns, kept: Columns): boolean {
  return Object.entries(own).every(([name, column]) => {
    const found = Object.hasOwn(kept, name) ? kept[name] : undefined;
    return found === column || `${found}?` === column;
  });
}

const CHECKS: ReadonlyMap<ColumnType, (value: {}) => boolean> = new Map([
  ["text", (value) => typeof value === "string" && isStorableText(value)],
  ["integer", (value) => Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31],
  ["bigint", (value) => typeof value === "bigint" && BigInt.asIntN(64, value) === value],
  ["double precision", (value) => typeof value === "number"],
  ["boolean", (value) => typeof value === "boolean"],
  ["timestamptz", (value) => value instanceof Date && isStorableTime(value.getTime())],
  ["jsonb", isJson],
] as const satisfies readonly (readonly [ColumnType, (value: {}) => boolean])[]);

/** Years of four digits: what every store, and every way to write a time, agrees on. */
function isStorableTime(ms: number): boolean {
  return ms >= EARLIEST_MS && ms <= LATEST_MS;
}

const EARLIEST_MS = Date.parse("0001-01-01T00:00:00.000Z");
const LATEST_MS = Date.parse("9999-12-31T23:59:59.999Z");

function isJson(value: {}): boolean {
  try {
    copyJson(value, "value");
    return true;
  } catch {
    return false;
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return "text that no database can store";
  return value instanceof Promise ? "a promise (handlers are synchronous)" : String(value);
}
