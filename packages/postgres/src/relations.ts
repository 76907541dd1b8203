import type { Driver, Session } from "./database.ts";
import { statement } from "./database.ts";
import { quote } from "./schema-name.ts";

/** A table that is made on demand. */
export interface Relation {
  readonly name: string;
  readonly kind: "read_model" | "collection";
  /** What the table was made from: pairs, so that their order is kept. */
  readonly definition: readonly (readonly [string, string])[];
  /** The columns, in SQL. */
  readonly columns: string;
}

/** Makes a table unless it is there; any number of processes may do it at once. */
export async function ensureRelation(
  driver: Driver,
  schema: string,
  relation: Relation,
): Promise<void> {
  const [found] = await driver.run(findRelation(schema), [relation.name]);
  if (found && isSame(found[0] ?? null, found[1] ?? null, relation)) return;
  await driver.transaction(async (tx) => {
    await lockDefinitions(tx, schema);
    await defineRelation(tx, schema, relation);
  });
}

/** Holds back all others that want to make or change tables of this schema, to the end of the transaction. */
export async function lockDefinitions(tx: Session, schema: string): Promise<void> {
  await tx.run(LOCK, [schema]);
}

const LOCK = statement(
  "select pg_advisory_xact_lock(hashtext('counterpoint relations'), hashtext($1))",
);

/**
 * Makes a table unless it is there.
 *
 * @throws {TypeError} When the name belongs to a table that was made for something else.
 */
export async function defineRelation(
  tx: Session,
  schema: string,
  relation: Relation,
): Promise<void> {
  const { name, kind, definition, columns } = relation;
  const table = `${schema}.${quote(name)}`;
  const [found] = await tx.run(findRelation(schema), [name]);
  if (found) {
    if (found[0] !== kind) {
      throw new TypeError(
        `Table ${table} is a ${found[0]}'s, not a ${kind}'s; choose another name.`,
      );
    }
    if (!isSame(kind, found[1] ?? null, relation)) {
      throw new TypeError(
        `Table ${table} was made with other columns. Raise the version of ${name} to have it built anew.`,
      );
    }
    return;
  }
  const [stranger] = await tx.run(statement("select to_regclass($1)"), [table]);
  if (stranger?.[0] != null) {
    throw new TypeError(
      `Table ${table} exists and was not made for a ${kind.replace("_", " ")}; choose another name.`,
    );
  }
  await tx.exec(`create table ${table} (${columns})`);
  await tx.run(
    statement(
      `insert into ${schema}.relations (name, kind, definition) values ($1, $2, $3::jsonb)`,
    ),
    [name, kind, JSON.stringify(definition)],
  );
}

/** Lists the read models whose names end like those of replacements. */
export async function findReplacements(tx: Session, schema: string): Promise<readonly string[]> {
  const rows = await tx.run(
    statement(
      `select name from ${schema}.relations where kind = 'read_model' and name ~ '__next[0-9]+$' order by name`,
    ),
  );
  return rows.map(([name]) => String(name));
}

/** Tells whether a table was made for a read model of this name. */
export async function hasReadModel(
  session: Session,
  schema: string,
  name: string,
): Promise<boolean> {
  const [found] = await session.run(findRelation(schema), [name]);
  return found?.[0] === "read_model";
}

/** Removes a table that was made on demand. */
export async function dropRelation(tx: Session, schema: string, name: string): Promise<void> {
  await tx.exec(`drop table if exists ${schema}.${quote(name)}`);
  await tx.run(statement(`delete from ${schema}.relations where name = $1`), [name]);
}

/** Lets a read model's table be known by the name of another, which is no longer there. */
export async function renameRelation(
  tx: Session,
  schema: string,
  from: string,
  to: string,
): Promise<void> {
  await tx.run(statement(`delete from ${schema}.relations where name = $1`), [to]);
  await tx.run(statement(`update ${schema}.relations set name = $2 where name = $1`), [from, to]);
}

function findRelation(schema: string): ReturnType<typeof statement> {
  return statement(`select kind, definition from ${schema}.relations where name = $1`);
}

function isSame(kind: string | null, definition: string | null, relation: Relation): boolean {
  return (
    kind === relation.kind &&
    definition !== null &&
    JSON.stringify(JSON.parse(definition)) === JSON.stringify(relation.definition)
  );
}
