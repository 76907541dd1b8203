import type { AnyDocument, Column, Columns } from "@counterpoint/read-model";
import { typeOf } from "@counterpoint/read-model";
import { quote } from "./schema-name.ts";

type ColumnType = ReturnType<typeof typeOf>;

interface Codec {
  /** SQL that makes a value of the column's type from text. */
  readonly write: (text: string) => string;
  /** SQL whose text says the value, whatever the session's settings for dates are. */
  readonly read: (column: string) => string;
  readonly encode: (value: never) => string;
  readonly decode: (text: string) => unknown;
}

const CODECS: Readonly<Record<ColumnType, Codec>> = {
  text: { write: asIs, read: asIs, encode: String, decode: asIs },
  integer: { write: cast("integer"), read: asIs, encode: String, decode: Number },
  bigint: { write: cast("bigint"), read: asIs, encode: String, decode: BigInt },
  "double precision": {
    write: cast("double precision"),
    read: asIs,
    encode: String, // which leaves out the sign of zero
    decode: Number,
  },
  boolean: {
    write: cast("boolean"),
    read: asIs,
    encode: (value: boolean) => (value ? "t" : "f"),
    decode: (text) => text === "true",
  },
  timestamptz: {
    write: cast("timestamptz"),
    read: (column) => `(floor(extract(epoch from ${column}) * 1000))`,
    encode: encodeDate,
    decode: (text) => new Date(Number(text)),
  },
  jsonb: { write: cast("jsonb"), read: asIs, encode: JSON.stringify, decode: JSON.parse },
};

/** SQL that makes a column's value from text. */
export function sqlFromText(column: Column, text: string): string {
  return CODECS[typeOf(column)].write(text);
}

/**
 * SQL that lists all columns of a table, so that {@link decodeDocument} can read them. All are text, whatever they are in
 * the table: a statement that is prepared must not change the types of its result when the table is replaced.
 */
export function sqlToText(columns: Columns, table: string): string {
  return Object.entries(columns)
    .map(
      ([name, column]) =>
        `${CODECS[typeOf(column)].read(`${table}.${quote(name)}`)}::text collate "C"`,
    )
    .join(", ");
}

/** SQL that defines the columns of a table; the first is its key. */
export function sqlDefinition(columns: Columns): string {
  return Object.entries(columns)
    .map(([name, column], index) => {
      const type = typeOf(column);
      const collation = type === "text" ? ` collate "C"` : "";
      const constraint = index === 0 ? " primary key" : column.endsWith("?") ? "" : " not null";
      return `${quote(name)} ${type}${collation}${constraint}`;
    })
    .join(", ");
}

/** @returns `null` for `null`. The value fits the column: `foldBatch` or `flawOf` has seen to it. */
export function encodeValue(column: Column, value: unknown): string | null {
  return value === null ? null : CODECS[typeOf(column)].encode(value as never);
}

/** Reads the columns of a row, from `at` on, in the order of {@link sqlToText}. */
export function decodeDocument(
  columns: Columns,
  row: readonly (string | null)[],
  at: number,
): AnyDocument {
  const document: Record<string, unknown> = {};
  let index = at;
  for (const [name, column] of Object.entries(columns)) {
    const text = row[index++] ?? null;
    document[name] = text === null ? null : CODECS[typeOf(column)].decode(text);
  }
  return document;
}

/** Writes a date as every session reads it, years before 1 and behind 9999 included. */
export function encodeDate(date: Date): string {
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/, "");
  if (year > 0) return `${String(year).padStart(4, "0")}${rest}`;
  return `${String(1 - year).padStart(4, "0")}${rest} BC`;
}

function asIs(text: string): string {
  return text;
}

function cast(type: ColumnType): (text: string) => string {
  return (text) => `${text}::${type}`;
}
