/** What all drivers have. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>;
}

/** Keeps these locks apart from everybody else's; "spar" in ASCII. */
const SPACE = 0x73_70_61_72;

/**
 * Says that a schema, made or to be made, is in use for as long as the connection is open.
 *
 * @returns Whether nobody else says so.
 */
export async function claim(sql: Sql, schema: string): Promise<boolean> {
  const { rows } = await sql.query(
    `select pg_try_advisory_lock(${SPACE}, hashtext($1)) as "isMine"`,
    [schema],
  );
  return (rows as { isMine: boolean }[])[0]?.isMine === true; // the statement says so
}

/** Takes a claim back. */
export async function release(sql: Sql, schema: string): Promise<void> {
  await sql.query(`select pg_advisory_unlock(${SPACE}, hashtext($1))`, [schema]);
}

/**
 * Drops the schemas that nobody claims: those of processes that were killed and could not drop their own. Schemas that the
 * role may not drop are left alone.
 *
 * @param names - A regular expression for their names.
 */
export async function dropUnclaimed(sql: Sql, names: string): Promise<void> {
  const { rows } = await sql.query(
    "select nspname from pg_namespace where nspname ~ $1 and pg_has_role(nspowner, 'usage')",
    [names],
  );
  for (const { nspname: schema } of rows as { nspname: string }[]) {
    if (!(await claim(sql, schema))) continue;
    await sql.query(`drop schema if exists ${schema} cascade`); // somebody else may have been here
    await release(sql, schema);
  }
}
