import { assertInteger, isStorableText } from "@counterpoint/events";
import type { Columns } from "./columns.ts";
import { isComparable, keyColumn, typeOf } from "./columns.ts";
import type { FindOptions } from "./read-model.ts";

/** A search after every check, with its defaults filled in. */
export interface PreparedFind {
  readonly where: readonly (readonly [column: string, value: unknown])[];
  /** `true` when a condition asks for text that no store can hold: nothing matches, and no database need be asked. */
  readonly isImpossible: boolean;
  /** Ends with the key, so that the order is total. */
  readonly orderBy: readonly string[];
  readonly limit: number;
  readonly offset: number;
}

/**
 * Checks the arguments of `find`. Adapters share it, so that all refuse the same.
 *
 * @throws What `ReadModel.find` throws for bad input.
 */
export function prepareFind<TDocument>(
  columns: Columns,
  options: FindOptions<TDocument>,
): PreparedFind {
  const { where = {}, orderBy = [], limit = 100, offset = 0 } = options;
  assertInteger("limit", limit, 1);
  assertInteger("offset", offset, 0);
  const conditions = Object.entries(where).filter(([, value]) => value !== undefined);
  for (const name of [...conditions.map(([column]) => column), ...orderBy]) {
    if (!Object.hasOwn(columns, name)) {
      throw new TypeError(
        `There is no column ${name}; there are ${Object.keys(columns).join(", ")}.`,
      );
    }
    if (typeOf(columns[name]!) === "jsonb") {
      throw new TypeError(`Column ${name} is jsonb, which is neither compared nor ordered.`);
    }
  }
  for (const [name, value] of conditions) {
    if (!isComparable(value, columns[name]!)) {
      throw new TypeError(
        `Column ${name} is ${columns[name]}; it cannot equal ${typeof value === "string" ? "a text" : String(value)}.`,
      );
    }
  }
  return {
    where: conditions,
    isImpossible: conditions.some(
      ([, value]) => typeof value === "string" && !isStorableText(value),
    ),
    orderBy: [...new Set([...orderBy, keyColumn(columns)])],
    limit,
    offset,
  };
}
