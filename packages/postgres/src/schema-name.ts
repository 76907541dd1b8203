/**
 * Checks a schema's name and quotes it for SQL.
 *
 * @param schema - `[a-z_][a-z0-9_]*`, at most 63 characters, and none of Postgres' own: `information_schema`, `pg_…`.
 * @throws {TypeError} When it is anything else.
 */
export function quoteSchema(schema: string): string {
  if (
    typeof schema !== "string" ||
    !/^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,62}$/.test(schema)
  ) {
    throw new TypeError(
      `Expected a schema name of [a-z_][a-z0-9_]*, at most 63 characters, neither information_schema nor pg_…, which are Postgres' own; got ${JSON.stringify(schema)}.`,
    );
  }
  return quote(schema);
}

/** Quotes a name that was checked before. */
export function quote(name: string): string {
  return `"${name}"`;
}

export const DEFAULT_SCHEMA = "counterpoint";
